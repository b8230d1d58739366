using System.Text.Json.Nodes;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>AddPermission, GetPolicy, RemovePermission. Sources: recorded answers; the service model; quotas.</summary>
public sealed class PermissionTests
{
    private const string Policy = "/2015-03-31/functions/f/policy";

    internal static JsonObject Permission(string sid, string principal = "s3.amazonaws.com") => new()
    {
        ["StatementId"] = sid, ["Action"] = "lambda:InvokeFunction", ["Principal"] = principal,
    };

    [Fact]
    public async Task A_policy_document_is_written_as_aws_writes_it()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var permission = Permission("s3");
        permission["SourceArn"] = "arn:aws:s3:::my-bucket";
        permission["SourceAccount"] = "123456789012";
        var added = await rig.CallAsync(201, "POST", Policy, permission);
        const string statement =
            """{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::my-bucket"},"StringEquals":{"AWS:SourceAccount":"123456789012"}}}""";
        Assert.Equal(statement, added["Statement"]!.GetValue<string>());
        await rig.CallAsync(201, "POST", Policy, Permission("account", "123456789012"));
        var got = await rig.CallAsync(200, "GET", Policy);
        Assert.Equal(
            """{"Version":"2012-10-17","Id":"default","Statement":["""
            + statement
            + """,{"Sid":"account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f"}]}""",
            got["Policy"]!.GetValue<string>());
        Assert.True(Guid.TryParse(got["RevisionId"]!.GetValue<string>(), out _));
    }

    [Theory]
    [InlineData("*", "\"*\"")]
    [InlineData("arn:aws:iam::123456789012:role/r", """{"AWS":"arn:aws:iam::123456789012:role/r"}""")]
    [InlineData("apigateway.amazonaws.com", """{"Service":"apigateway.amazonaws.com"}""")]
    [InlineData("logs.eu-west-1.amazonaws.com", """{"Service":"logs.eu-west-1.amazonaws.com"}""")]
    public async Task A_principal_is_a_service_an_account_or_everybody(string principal, string json)
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var added = await rig.CallAsync(201, "POST", Policy, Permission("s", principal));
        Assert.Equal(json, JsonNode.Parse(added["Statement"]!.GetValue<string>())!["Principal"]!.ToJsonString());
    }

    [Fact]
    public async Task A_statement_id_is_given_once()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        await rig.CallAsync(201, "POST", Policy, Permission("s"));
        var fault = await rig.RefusedAsync(409, "ResourceConflictException", "POST", Policy, Permission("s"));
        Assert.Equal(
            "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.",
            fault.Message);
    }

    [Fact]
    public async Task What_is_no_permission_is_refused()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var fault = await rig.RefusedAsync(
            400, "InvalidParameterValueException", "POST", Policy, Permission("s", "invalid.nonaws.com"));
        Assert.Equal("The provided principal was invalid. Please check the principal and try again.", fault.Message);
        var permission = Permission("s");
        permission["Action"] = "s3:GetObject";
        fault = await rig.RefusedAsync(400, "ValidationException", "POST", Policy, permission);
        Assert.Equal(
            "1 validation error detected: Value 's3:GetObject' at 'action' failed to satisfy constraint: "
            + "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
            fault.Message);
        fault = await rig.RefusedAsync(
            400, "InvalidParameterValueException", "POST", Policy + "?Qualifier=$LATEST", Permission("s"));
        Assert.Equal("We currently do not support adding policies for $LATEST.", fault.Message);
        fault = await rig.RefusedAsync(404, "ResourceNotFoundException", "POST", Policy + "?Qualifier=7", Permission("s"));
        Assert.Equal($"Function not found: {FunctionRig.Arn}f:7", fault.Message);
        fault = await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", Policy);
        Assert.Equal("The resource you requested does not exist.", fault.Message);
    }

    [Fact]
    public async Task Versions_and_aliases_have_policies_of_their_own()
    {
        await using var rig = await FunctionRig.StartAsync();
        await VersionAndAliasTests.CreateWithVersionsAsync(rig, 1);
        await rig.CallAsync(
            201,
            "POST",
            "/2015-03-31/functions/f/aliases",
            new JsonObject { ["Name"] = "live", ["FunctionVersion"] = "1" });
        foreach (var qualifier in new[] { "1", "live" })
        {
            await rig.CallAsync(201, "POST", $"{Policy}?Qualifier={qualifier}", Permission("s"));
            var policy = await rig.CallAsync(200, "GET", $"{Policy}?Qualifier={qualifier}");
            Assert.Equal(
                $"{FunctionRig.Arn}f:{qualifier}",
                JsonNode.Parse(policy["Policy"]!.GetValue<string>())!["Statement"]![0]!["Resource"]!.GetValue<string>());
        }

        await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", Policy);
        await rig.CallAsync(204, "DELETE", "/2015-03-31/functions/f/aliases/live");
        await rig.CallAsync(
            201,
            "POST",
            "/2015-03-31/functions/f/aliases",
            new JsonObject { ["Name"] = "live", ["FunctionVersion"] = "1" });
        await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", $"{Policy}?Qualifier=live");
    }

    [Fact]
    public async Task A_statement_can_be_removed()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var fault = await rig.RefusedAsync(404, "ResourceNotFoundException", "DELETE", Policy + "/a");
        Assert.Equal("No policy is associated with the given resource.", fault.Message);
        await rig.CallAsync(201, "POST", Policy, Permission("a"));
        var revision = (await rig.CallAsync(200, "GET", Policy))["RevisionId"]!.GetValue<string>();
        await rig.CallAsync(201, "POST", Policy, Permission("b"));
        fault = await rig.RefusedAsync(404, "ResourceNotFoundException", "DELETE", Policy + "/c");
        Assert.Equal("Statement c is not found in resource policy.", fault.Message);
        await rig.RefusedAsync(412, "PreconditionFailedException", "DELETE", $"{Policy}/a?RevisionId={revision}");
        var stale = Permission("d");
        stale["RevisionId"] = revision;
        await rig.RefusedAsync(412, "PreconditionFailedException", "POST", Policy, stale);
        await rig.CallAsync(204, "DELETE", Policy + "/a");
        var left = JsonNode.Parse((await rig.CallAsync(200, "GET", Policy))["Policy"]!.GetValue<string>())!["Statement"]!.AsArray();
        Assert.Equal("b", Assert.Single(left)!["Sid"]!.GetValue<string>());
        await rig.CallAsync(204, "DELETE", Policy + "/b");
        await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", Policy);
    }

    /// <summary>Quotas: a function's resource-based policy has 20 KB.</summary>
    [Fact]
    public async Task A_policy_has_20_KB()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        await rig.CallAsync(201, "POST", Policy, With("a", 1));
        var size = (await rig.CallAsync(200, "GET", Policy))["Policy"]!.GetValue<string>().Length;
        await rig.CallAsync(204, "DELETE", Policy + "/a");
        await rig.CallAsync(201, "POST", Policy, With("a", 20_480 - size + 1));
        Assert.Equal(20_480, (await rig.CallAsync(200, "GET", Policy))["Policy"]!.GetValue<string>().Length);
        await rig.CallAsync(204, "DELETE", Policy + "/a");
        var fault = await rig.RefusedAsync(
            400, "PolicyLengthExceededException", "POST", Policy, With("a", 20_480 - size + 2));
        Assert.Equal("The final policy size (20481) is bigger than the limit (20480).", fault.Message);

        static JsonObject With(string sid, int arnLength)
        {
            var permission = Permission(sid);
            permission["SourceArn"] = "arn:aws:s3:::" + new string('x', arnLength);
            return permission;
        }
    }
}
