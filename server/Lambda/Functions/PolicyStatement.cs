using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Storage.Server.Lambda.Functions;

/// <summary>A statement of a resource policy as AddPermission's members ask for it.</summary>
internal static partial class PolicyStatement
{
    /// <exception cref="Aws.AwsException">ValidationException; InvalidParameterValueException.</exception>
    internal static JsonObject Read(RequestMembers request, string resource)
    {
        var constraints = new Constraints();
        var sid = request.Text("StatementId");
        var action = request.Text("Action");
        var principal = request.Text("Principal");
        constraints.Required("statementId", sid is not null);
        constraints.Required("action", action is not null);
        constraints.Required("principal", principal is not null);
        constraints.Text("statementId", sid, 1, 100, Sid(), "([a-zA-Z0-9-_]+)");
        constraints.Text("action", action, 0, int.MaxValue, Action(), "(lambda:[*]|lambda:[a-zA-Z]+|[*])");
        constraints.Text("principal", principal, 0, int.MaxValue, Principal(), @"[^\s]+");
        constraints.Text("sourceArn", request.Text("SourceArn"), 0, int.MaxValue, Arn(), ArnPattern);
        constraints.Text("sourceAccount", request.Text("SourceAccount"), 0, 12, Account(), @"\d{12}");
        constraints.Text("eventSourceToken", request.Text("EventSourceToken"), 0, 256, Token(), @"[a-zA-Z0-9._\-]+");
        constraints.Text("principalOrgID", request.Text("PrincipalOrgID"), 12, 34, Organization(), "o-[a-z0-9]{10,32}");
        constraints.OneOf("functionUrlAuthType", request.Text("FunctionUrlAuthType"), "NONE", "AWS_IAM");
        constraints.ThrowIfAny();
        var statement = new JsonObject
        {
            ["Sid"] = sid,
            ["Effect"] = "Allow",
            ["Principal"] = PrincipalOf(principal!),
            ["Action"] = action,
            ["Resource"] = resource,
        };
        var conditions = ConditionsOf(request);
        if (conditions.Count > 0)
        {
            statement["Condition"] = conditions;
        }

        return statement;
    }

    private static JsonNode PrincipalOf(string principal)
    {
        if (principal == "*")
        {
            return JsonValue.Create("*");
        }

        if (Account().IsMatch(principal))
        {
            return new JsonObject { ["AWS"] = $"arn:aws:iam::{principal}:root" };
        }

        if (principal.StartsWith("arn:", StringComparison.Ordinal))
        {
            return new JsonObject { ["AWS"] = principal };
        }

        return Service().IsMatch(principal)
            ? new JsonObject { ["Service"] = principal }
            : throw LambdaFault.Invalid("The provided principal was invalid. Please check the principal and try again.");
    }

    private static JsonObject ConditionsOf(RequestMembers request)
    {
        var conditions = new JsonObject();
        Add("ArnLike", "AWS:SourceArn", request.Text("SourceArn"));
        Add("StringEquals", "AWS:SourceAccount", request.Text("SourceAccount"));
        Add("StringEquals", "aws:PrincipalOrgID", request.Text("PrincipalOrgID"));
        Add("StringEquals", "lambda:EventSourceToken", request.Text("EventSourceToken"));
        Add("StringEquals", "lambda:FunctionUrlAuthType", request.Text("FunctionUrlAuthType"));
        Add("Bool", "lambda:InvokedViaFunctionUrl", request.Flag("InvokedViaFunctionUrl") is { } only ? only ? "true" : "false" : null);
        return conditions;

        void Add(string kind, string key, string? value)
        {
            if (value is null)
            {
                return;
            }

            if (conditions[kind] is not JsonObject all)
            {
                all = [];
                conditions[kind] = all;
            }

            all[key] = value;
        }
    }

    private const string ArnPattern =
        @"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]+\z")]
    private static partial Regex Sid();

    [GeneratedRegex(@"\A(lambda:\*|lambda:[a-zA-Z]+|\*)\z")]
    private static partial Regex Action();

    [GeneratedRegex(@"\A[^\s]+\z")]
    private static partial Regex Principal();

    [GeneratedRegex(
        @"\Aarn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:([a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-[0-9])?:([0-9]{12})?:.*\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Arn();

    [GeneratedRegex(@"\A[0-9]{12}\z")]
    private static partial Regex Account();

    [GeneratedRegex(@"\A[a-zA-Z0-9._-]+\z")]
    private static partial Regex Token();

    [GeneratedRegex(@"\Ao-[a-z0-9]{10,32}\z")]
    private static partial Regex Organization();

    /// <summary>Services of AWS: names below amazonaws.com, and the few that have names of their own.</summary>
    [GeneratedRegex(@"\A([a-z0-9-]+\.)+amazonaws\.com(\.cn)?\z|\A[a-z0-9-]+\.(amazon\.com|aws\.internal|alexa\.com)\z|\Aalexa-[a-z.]+\z")]
    private static partial Regex Service();
}
