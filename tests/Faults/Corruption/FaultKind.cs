namespace Storage.Faults.Corruption;

/// <summary>What can happen to one file.</summary>
internal enum FaultKind
{
    /// <summary>One bit is another.</summary>
    BitFlipped,

    /// <summary>One byte is another.</summary>
    ByteChanged,

    /// <summary>Two words of 8 bytes stand in each other's place.</summary>
    WordsSwapped,

    /// <summary>512 bytes are zeros.</summary>
    SectorZeroed,

    /// <summary>4,096 bytes are zeros.</summary>
    PageZeroed,

    /// <summary>A block stands where another of the same file belongs.</summary>
    BlockMisdirected,

    /// <summary>A block of another file stands there.</summary>
    BlockOfAnotherFile,

    /// <summary>The file ends early.</summary>
    Truncated,

    /// <summary>The file is empty.</summary>
    Emptied,

    /// <summary>The file is gone.</summary>
    Missing,

    /// <summary>The file is as it was before.</summary>
    Older,

    /// <summary>The file is that of another store.</summary>
    OfAnotherStore,

    /// <summary>Two files have each other's name.</summary>
    NamesSwapped,

    /// <summary>Bytes stand behind the end.</summary>
    BytesAppended,

    /// <summary>There is a file more.</summary>
    StrayFile,
}
