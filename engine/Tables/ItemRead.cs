using Storage.Engine.Encoding;

namespace Storage.Engine.Tables;

/// <summary>One item to read, and after the read what was found. Reusable; not shared between threads.</summary>
internal sealed class ItemRead : IDisposable
{
    internal Table Table { get; set; } = null!;

    internal KeyBuffer Key { get; } = new();

    internal bool Found { get; set; }

    /// <summary>The item (a Map) when found; a copy.</summary>
    internal ValueWriter Item { get; } = ValueWriter.Rent();

    public void Dispose() => Item.Dispose();
}
