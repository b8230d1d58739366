namespace Storage.Engine.Expressions;

internal enum UpdateVerb : byte
{
    Set,
    Remove,
    Add,
    Delete,
}

/// <summary>What an update does to the target with the same number.</summary>
/// <param name="Verb">The section it stands in.</param>
/// <param name="Operand">The node of the right-hand side; -1 for REMOVE.</param>
internal readonly record struct UpdateAction(UpdateVerb Verb, int Operand);

/// <summary>How the sections are written.</summary>
internal static class UpdateVerbExtensions
{
    internal static string Text(this UpdateVerb verb) => verb switch
    {
        UpdateVerb.Set => "SET",
        UpdateVerb.Remove => "REMOVE",
        UpdateVerb.Add => "ADD",
        _ => "DELETE",
    };
}
