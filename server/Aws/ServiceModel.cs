using System.Collections.Frozen;

namespace Storage.Server.Aws;

/// <summary>
/// What AWS's own model says of a service: the names of all its operations, built here or not. Read from a resource;
/// <c>Model/*.txt</c> says where its facts come from.
/// </summary>
internal sealed class ServiceModel
{
    private readonly FrozenSet<string> operations;
    private readonly FrozenSet<string> capitalMessages;

    private ServiceModel(string title, IEnumerable<string> operations, IReadOnlyList<RestRoute> routes, IEnumerable<string> capitalMessages)
    {
        Title = title;
        Routes = routes;
        this.operations = operations.ToFrozenSet(StringComparer.Ordinal);
        this.capitalMessages = capitalMessages.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>E.g. <c>AWS Lambda</c>.</summary>
    internal string Title { get; }

    /// <summary>Names of all operations.</summary>
    internal IReadOnlyCollection<string> Operations => operations;

    /// <summary>Methods and paths of a REST service's operations; empty for another one.</summary>
    internal IReadOnlyList<RestRoute> Routes { get; }

    internal bool Has(string operation) => operations.Contains(operation);

    /// <summary>Whether an error's text is in a member <c>Message</c>; elsewhere it is in <c>message</c>.</summary>
    internal bool HasCapitalMessage(string error) => capitalMessages.Contains(error);

    /// <summary>The model of a service by the name that it signs with; one without operations when we have none.</summary>
    internal static ServiceModel Of(string signingName)
    {
        var operations = new List<string>();
        var routes = new List<RestRoute>();
        var capitalMessages = new List<string>();
        foreach (var line in Lines(signingName))
        {
            var words = line.Split(' ');
            if (words.Length == 3)
            {
                routes.Add(new RestRoute(words[0], words[1], words[2]));
                operations.Add(words[2]);
            }
            else if (words[0].EndsWith("Exception", StringComparison.Ordinal))
            {
                capitalMessages.Add(words[0]);
            }
            else
            {
                operations.Add(words[0]);
            }
        }

        var title = KnownService.All.FirstOrDefault(service => service.SigningName == signingName)?.Title ?? signingName;
        return new ServiceModel(title, operations, routes, capitalMessages);
    }

    /// <summary>The lines of a resource without its remarks; none when there is no such resource.</summary>
    internal static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(ServiceModel).Assembly.GetManifestResourceStream($"Storage.Server.Aws.Model.{name}.txt");
        if (stream is null)
        {
            return [];
        }

        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
    }
}
