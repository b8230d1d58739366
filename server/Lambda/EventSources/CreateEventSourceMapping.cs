using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Storage.Engine;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>CreateEventSourceMapping: answered while the mapping is Creating; it becomes Enabled by itself.</summary>
internal sealed partial class CreateEventSourceMapping(
    MappingTable table, IFunctionCatalog functions, IStreamSource streams, TimeProvider time, Action<string> changed)
{
    // Source: AWS, tag naming limits.
    private const int TagsMax = 50;
    private const int TagKeyLengthMax = 128;
    private const int TagValueLengthMax = 256;

    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var json = request.ReadJson();
        var members = new MappingMembers(json);
        members.RequirePresent("FunctionName");
        var function = members.Function("FunctionName");
        var settings = MappingSettings.Read(members);
        var source = members.Text("EventSourceArn");
        var starting = members.Text("StartingPosition");
        members.Require(
            starting is null or "TRIM_HORIZON" or "LATEST" or "AT_TIMESTAMP",
            "StartingPosition",
            starting ?? string.Empty,
            "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]");
        var tags = ReadTags(members);
        members.ThrowIfViolated();

        RequireSource(members, source);
        var position = starting switch
        {
            null => throw MappingErrors.StartingPositionMissing(),
            "LATEST" => StreamStart.Latest,
            "TRIM_HORIZON" => StreamStart.TrimHorizon,
            _ => throw MappingErrors.StartingPositionUnsupported(source!),
        };
        settings.ThrowIfRefused(members);
        var found = await functions.FindAsync(function!, null, cancellation) ?? throw MappingErrors.FunctionNotFound();
        if (await streams.FindAsync(source!, cancellation) is null)
        {
            throw MappingErrors.StreamNotFound(source!);
        }

        var mapping = settings.ApplyTo(new EventSourceMapping
        {
            Uuid = Guid.NewGuid().ToString("D"),
            EventSourceArn = source!,
            FunctionArn = found.InvokedArn,
            StartingPosition = position,
            State = MappingState.Creating,
            IsEnabled = true,
            LastModified = time.GetUtcNow(),
            Tags = tags,
        });
        var write = await table.CreateAsync(mapping, cancellation);
        if (write.Written is not { } created)
        {
            throw MappingErrors.Duplicate(mapping.EventSourceArn, mapping.FunctionArn, write.DuplicateUuid ?? string.Empty);
        }

        changed(created.Uuid);
        return new RestAnswer(202, MappingJson.Write(created, await table.FindResultAsync(created.Uuid, cancellation)));
    }

    private static void RequireSource(MappingMembers members, string? arn)
    {
        if (arn is null)
        {
            throw members.Holds("SelfManagedEventSource")
                ? MappingErrors.Unsupported("SelfManagedEventSource")
                : MappingErrors.UnrecognizedSource();
        }

        if (!StreamArn().IsMatch(arn))
        {
            throw MappingErrors.UnsupportedSource(arn);
        }
    }

    private static ImmutableSortedDictionary<string, string> ReadTags(MappingMembers members)
    {
        var tags = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in members.Object("Tags") ?? [])
        {
            tags[name] = value?.GetValueKind() == JsonValueKind.String
                ? value.GetValue<string>()
                : throw MappingMembers.WrongType("Tags");
        }

        members.Require(
            tags.All(static tag => tag is { Key.Length: > 0 and <= TagKeyLengthMax, Value.Length: <= TagValueLengthMax }),
            "Tags",
            "{...}",
            $"Keys have 1 to {TagKeyLengthMax} characters, values at most {TagValueLengthMax}");
        members.Require(tags.Count <= TagsMax, "Tags", "{...}", $"There are at most {TagsMax} tags");
        return tags.ToImmutable();
    }

    [GeneratedRegex(@"^arn:aws[a-zA-Z-]*:dynamodb:[a-z0-9-]+:\d{12}:table/[a-zA-Z0-9_.-]+/stream/[^/]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex StreamArn();
}
