using Storage.Engine.Model;

namespace Storage.Server.Blobs;

/// <summary>Checks the blobs of a store that nobody has open: each is what its name says, and each that is named is there.</summary>
internal static class BlobVerification
{
    /// <summary>Reads every blob.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="references">What its items name; null when they could not be read.</param>
    /// <param name="found">Called with each finding.</param>
    internal static BlobCounts Run(string directory, BlobReferences? references, Action<StoreFinding> found)
    {
        var folder = Path.Combine(directory, BlobFiles.Folder);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var damageCount = 0;
        foreach (var path in BlobFiles.In(folder))
        {
            var name = Path.GetFileName(path);
            if (!BlobFiles.IsBlob(folder, path))
            {
                Note(path, name.EndsWith(BlobFiles.NewSuffix, StringComparison.Ordinal)
                    ? "A blob that was never finished; no item can name it, and a start deletes it."
                    : "The file is not the store's.");
                continue;
            }

            seen.Add(name);
            if (!BlobFiles.IsWhole(path))
            {
                Damage(path, "The bytes of the blob are not those that its name is the SHA-256 of.");
            }
            else if (references is not null && !references.Tables.ContainsKey(name))
            {
                Note(path, "No item names the blob; a start of the server deletes it.");
            }
        }

        foreach (var (name, table) in references?.Tables ?? new Dictionary<string, string>())
        {
            if (!BlobFiles.IsName(name))
            {
                Damage(null, $"An item of {table} names a blob '{name}', which no blob's name can be.");
            }
            else if (!seen.Contains(name))
            {
                Damage(BlobFiles.PathOf(folder, name), $"The blob is missing; an item of {table} names it.");
            }
        }

        if (references is null && seen.Count > 0)
        {
            Note(folder, "Whether every blob that items name is here was not checked, as the state was not folded.");
        }

        return BlobFiles.CountIn(directory) with { DamageCount = damageCount };

        void Damage(string? path, string text)
        {
            damageCount++;
            found(new StoreFinding(FindingKind.Damage, path is null ? null : Path.GetRelativePath(directory, path), null, text));
        }

        void Note(string path, string text) =>
            found(new StoreFinding(FindingKind.Note, Path.GetRelativePath(directory, path), null, text));
    }
}
