using System.Collections.Immutable;
using System.Text.Json;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>FilterCriteria: a record passes when any of the patterns matches it, or when there is none.</summary>
internal sealed class EventFilter
{
    /// <summary>"up to five different filters". Source: Lambda Developer Guide, event filtering.</summary>
    internal const int PatternsMax = 5;

    /// <summary>Source: Lambda API reference, Filter.</summary>
    internal const int PatternCharactersMax = 4096;

    private readonly ImmutableArray<FilterPattern> patterns;

    private EventFilter(ImmutableArray<FilterPattern> patterns) => this.patterns = patterns;

    /// <summary>Whether there are patterns at all; without, a record need not be parsed.</summary>
    internal bool IsEmpty => patterns.IsEmpty;

    /// <exception cref="AwsException">InvalidParameterValueException: a pattern is wrong.</exception>
    internal static EventFilter Of(IEnumerable<string> patterns) => new([.. patterns.Select(Parse)]);

    /// <summary>Whether a record, complete as the function would get it, passes.</summary>
    internal bool Passes(ReadOnlyMemory<byte> record)
    {
        if (patterns.IsEmpty)
        {
            return true;
        }

        using var json = JsonDocument.Parse(record, new JsonDocumentOptions { MaxDepth = FilterPattern.RecordDepthMax });
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(json.RootElement))
            {
                return true;
            }
        }

        return false;
    }

    private static FilterPattern Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return FilterPattern.Parse(json.RootElement);
        }
        // InvalidOperationException: an escaped half of a surrogate pair is no text.
        catch (Exception refusal) when (refusal is JsonException or FormatException or InvalidOperationException)
        {
            throw MappingErrors.InvalidFilter();
        }
    }
}
