using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>Why a file is not the run that the manifest names, in words that name it and say what to do.</summary>
internal static class RunRefusal
{
    internal static InvalidDataException Of(string name, string reason) => new(
        $"{name} {reason}. Restore the file from a copy, or run 'verify' and then 'repair' on the directory.");

    /// <summary>Reads the footer and compares it with what the manifest knows.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, of another version, or another than the manifest's.</exception>
    internal static RunFooter ReadFooter(IStoreFile file, string name, RunKind kind, Guid store, RunInfo info)
    {
        var length = file.LengthBytes;
        Span<byte> bytes = stackalloc byte[RunFooter.SizeBytes];
        var isWhole = length >= bytes.Length && file.Read(length - bytes.Length, bytes) == bytes.Length;
        var version = isWhole ? RunFooter.VersionOf(bytes) : (byte)0;
        if (length != info.LengthBytes && version is 0 or RunFooter.Version)
        {
            throw Of(name, $"has {length} bytes where the manifest says {info.LengthBytes}");
        }

        if (version is not 0 and not RunFooter.Version)
        {
            throw new InvalidDataException(
                $"{name} is of format version {version}; this build reads version {RunFooter.Version}. Open the store with a build that reads it.");
        }

        var footer = isWhole ? RunFooter.TryRead(bytes, length) : null;
        if (footer is null)
        {
            throw Of(name, "has a damaged footer");
        }

        if (footer.Store != store)
        {
            throw Of(name, $"belongs to the store {footer.Store}, not to {store}");
        }

        return footer.Kind == kind && footer.Info == info
            ? footer
            : throw Of(name, "is another file than the one the manifest names");
    }
}
