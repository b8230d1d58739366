namespace Storage.Engine.Model;

/// <summary>What happened to an item.</summary>
public enum ItemChangeKind
{
    /// <summary>INSERT.</summary>
    Insert,

    /// <summary>MODIFY.</summary>
    Modify,

    /// <summary>REMOVE.</summary>
    Remove,
}
