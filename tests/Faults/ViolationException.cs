namespace Storage.Faults;

/// <summary>A promise of the store was broken: the text says which, and how to see it again.</summary>
internal sealed class ViolationException(string message) : Exception(message);
