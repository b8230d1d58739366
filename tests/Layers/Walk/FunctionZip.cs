using System.IO.Compression;

namespace Storage.Layers.Tests.Walk;

/// <summary>A function's code as a zip, from files given as text.</summary>
internal static class FunctionZip
{
    internal static byte[] Of(params ReadOnlySpan<(string Name, string Text)> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                var entry = zip.CreateEntry(name);
                entry.ExternalAttributes = (0x8000 | 0x1ED) << 16; // a plain file, rwxr-xr-x
                using var writer = new StreamWriter(entry.Open());
                writer.Write(text);
            }
        }

        return bytes.ToArray();
    }
}
