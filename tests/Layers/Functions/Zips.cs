using System.IO.Compression;
using System.Text;

namespace Storage.Layers.Tests.Functions;

/// <summary>Packages of code, whole and hostile.</summary>
internal static class Zips
{
    internal static byte[] Python(string body = "return 1") =>
        Of(("lambda_function.py", $"def lambda_handler(event, context):\n    {body}\n"));

    internal static byte[] Of(params (string Name, string Content)[] files) =>
        Build(archive =>
        {
            foreach (var (name, content) in files)
            {
                Add(archive, name, Encoding.UTF8.GetBytes(content));
            }
        });

    internal static byte[] Build(Action<ZipArchive> fill)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            fill(archive);
        }

        return stream.ToArray();
    }

    /// <summary>Adds an entry with a mode of Unix in its upper half; 0 leaves it out.</summary>
    internal static void Add(ZipArchive archive, string name, byte[] content, int unixMode = 0)
    {
        var entry = archive.CreateEntry(name);
        entry.ExternalAttributes = unixMode << 16;
        using var stream = entry.Open();
        stream.Write(content);
    }

    internal static void AddLink(ZipArchive archive, string name, string target) =>
        Add(archive, name, Encoding.UTF8.GetBytes(target), 0xA1FF);
}
