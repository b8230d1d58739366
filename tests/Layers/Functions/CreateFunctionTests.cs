using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Storage.Server.Aws;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>CreateFunction and what reads back. Sources: recorded answers of Lambda; its service model.</summary>
public sealed class CreateFunctionTests
{
    [Fact]
    public async Task A_new_function_is_answered_as_recorded_and_becomes_active()
    {
        await using var rig = await FunctionRig.StartAsync();
        var zip = Zips.Python();
        var created = await rig.CallAsync(201, "POST", "/2015-03-31/functions", FunctionRig.CreateBody("hello-lambda", zip));
        var revision = created["RevisionId"]!.GetValue<string>();
        Assert.True(Guid.TryParse(revision, out _));
        var expected = new JsonObject
        {
            ["FunctionName"] = "hello-lambda",
            ["FunctionArn"] = FunctionRig.Arn + "hello-lambda",
            ["Runtime"] = "python3.14",
            ["Role"] = FunctionRig.Role,
            ["Handler"] = "lambda_function.lambda_handler",
            ["CodeSize"] = zip.Length,
            ["Description"] = "",
            ["Timeout"] = 3,
            ["MemorySize"] = 128,
            ["LastModified"] = "2026-11-23T17:00:00.000+0000",
            ["CodeSha256"] = Convert.ToBase64String(SHA256.HashData(zip)),
            ["Version"] = "$LATEST",
            ["TracingConfig"] = new JsonObject { ["Mode"] = "PassThrough" },
            ["RevisionId"] = revision,
            ["PackageType"] = "Zip",
            ["Architectures"] = new JsonArray("x86_64"),
            ["EphemeralStorage"] = new JsonObject { ["Size"] = 512 },
            ["SnapStart"] = new JsonObject { ["ApplyOn"] = "None", ["OptimizationStatus"] = "Off" },
            ["LoggingConfig"] = new JsonObject { ["LogFormat"] = "Text", ["LogGroup"] = "/aws/lambda/hello-lambda" },
            ["State"] = "Pending",
            ["StateReason"] = "The function is being created.",
            ["StateReasonCode"] = "Creating",
        };
        Assert.Equal(expected.ToJsonString(), created.ToJsonString());

        var active = await rig.ActiveAsync("hello-lambda");
        Assert.Equal("Active", active["State"]!.GetValue<string>());
        Assert.Equal("Successful", active["LastUpdateStatus"]!.GetValue<string>());
        Assert.False(active.ContainsKey("StateReason"));
        Assert.Equal(revision, active["RevisionId"]!.GetValue<string>());
        Assert.Equal(
            active.ToJsonString(),
            (await rig.CallAsync(200, "GET", "/2015-03-31/functions/hello-lambda/configuration")).ToJsonString());
    }

    [Fact]
    public async Task A_function_is_found_by_name_partial_arn_and_arn()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        foreach (var form in new[]
        {
            "f", "f:$LATEST", "function:f", "123456789012:function:f", "us-east-1:123456789012:function:f",
            FunctionRig.Arn + "f", FunctionRig.Arn + "f:$LATEST",
        })
        {
            var found = await rig.Catalog.FindAsync(form, null, default);
            Assert.NotNull(found);
            Assert.Equal(FunctionRig.Arn + "f", found.Version.Arn);
            Assert.Equal(
                FunctionRig.Arn + (form.EndsWith("$LATEST", StringComparison.Ordinal) ? "f:$LATEST" : "f"), found.InvokedArn);
            var got = await rig.CallAsync(200, "GET", $"/2015-03-31/functions/{Uri.EscapeDataString(form)}");
            Assert.Equal(found.InvokedArn, got["Configuration"]!["FunctionArn"]!.GetValue<string>());
        }

        Assert.Null(await rig.Catalog.FindAsync("g", null, default));
        Assert.Null(await rig.Catalog.FindAsync("f", "1", default));
        Assert.Null(await rig.Catalog.FindAsync("f", "live", default));
    }

    [Fact]
    public async Task Two_qualifiers_must_agree()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var fault = await rig.RefusedAsync(
            400, "InvalidParameterValueException", "GET", "/2015-03-31/functions/f:1?Qualifier=2");
        Assert.Equal(
            "The derived qualifier from the function name does not match the specified qualifier.", fault.Message);
        await rig.CallAsync(200, "GET", "/2015-03-31/functions/f:$LATEST?Qualifier=$LATEST");
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_by_its_arn()
    {
        await using var rig = await FunctionRig.StartAsync();
        var fault = await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", "/2015-03-31/functions/nobody");
        Assert.Equal("Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody", fault.Message);
        Assert.Equal("User", fault.Members!["Type"]!.GetValue<string>());
        fault = await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", "/2015-03-31/functions/nobody?Qualifier=7");
        Assert.Equal("Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody:7", fault.Message);
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var fault = await rig.RefusedAsync(
            409, "ResourceConflictException", "POST", "/2015-03-31/functions", FunctionRig.CreateBody("f"));
        Assert.Equal("Function already exist: f", fault.Message);
    }

    [Fact]
    public async Task Of_many_that_create_one_name_one_succeeds()
    {
        await using var rig = await FunctionRig.StartAsync();
        var refusals = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                await rig.CreateAsync("f");
            }
            catch (AwsException refusal) when (refusal.Fault.Code == "ResourceConflictException")
            {
                Interlocked.Increment(ref refusals);
            }
        })));
        Assert.Equal(7, refusals);
    }

    /// <summary>Constraints and texts: Lambda's service model; recorded validation errors.</summary>
    [Theory]
    [InlineData("Role", "\"r1\"", @"1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")]
    [InlineData("Role", "null", "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null")]
    [InlineData("Timeout", "0", "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData("Timeout", "901", "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900")]
    [InlineData("MemorySize", "127", "1 validation error detected: Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128")]
    [InlineData("EphemeralStorage", "{\"Size\":511}", "1 validation error detected: Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512")]
    [InlineData("EphemeralStorage", "{\"Size\":10241}", "1 validation error detected: Value '10241' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value less than or equal to 10240")]
    [InlineData("FunctionName", "\"a b\"", @"1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?")]
    [InlineData("Environment", "{\"Variables\":{\"1A\":\"x\"}}", "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]")]
    public async Task What_breaks_a_constraint_is_refused_in_the_models_words(string member, string json, string message)
    {
        await using var rig = await FunctionRig.StartAsync();
        var body = FunctionRig.CreateBody("f");
        body[member] = JsonNode.Parse(json);
        var fault = await rig.RefusedAsync(400, "ValidationException", "POST", "/2015-03-31/functions", body);
        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public async Task All_broken_constraints_are_told_at_once()
    {
        await using var rig = await FunctionRig.StartAsync();
        var fault = await rig.RefusedAsync(400, "ValidationException", "POST", "/2015-03-31/functions", []);
        Assert.StartsWith("3 validation errors detected: Value null at 'functionName' failed", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeout", "900")]
    [InlineData("MemorySize", "10240")]
    [InlineData("EphemeralStorage", "{\"Size\":10240}")]
    [InlineData("VpcConfig", "{}")]
    [InlineData("Layers", "[]")]
    [InlineData("TracingConfig", "{\"Mode\":\"PassThrough\"}")]
    [InlineData("LoggingConfig", "{\"LogFormat\":\"Text\"}")]
    [InlineData("Runtime", "\"nodejs22.x\"")]
    [InlineData("Runtime", "\"provided.al2023\"")]
    [InlineData("Architectures", "[\"arm64\"]")]
    public async Task What_is_just_allowed_is_taken(string member, string json)
    {
        await using var rig = await FunctionRig.StartAsync();
        var created = await rig.CreateAsync("f", body => body[member] = JsonNode.Parse(json));
        Assert.Equal("f", created["FunctionName"]!.GetValue<string>());
        if (created.TryGetPropertyValue(member, out var told) && member != "LoggingConfig")
        {
            Assert.Equal(json, told!.ToJsonString());
        }
    }

    /// <summary>Nothing pretended: what AWS would do and this server does not is refused by name.</summary>
    [Theory]
    [InlineData("Layers", "[\"arn:aws:lambda:us-east-1:123456789012:layer:l:1\"]", "Layers is not built in this server.")]
    [InlineData("VpcConfig", "{\"SubnetIds\":[\"subnet-1\"]}", "VpcConfig is not built in this server.")]
    [InlineData("SnapStart", "{\"ApplyOn\":\"PublishedVersions\"}", "SnapStart.ApplyOn PublishedVersions is not built in this server.")]
    [InlineData("TracingConfig", "{\"Mode\":\"Active\"}", "TracingConfig.Mode Active is not built in this server.")]
    [InlineData("LoggingConfig", "{\"LogFormat\":\"JSON\"}", "LoggingConfig.LogFormat JSON is not built in this server.")]
    [InlineData("PackageType", "\"Image\"", "PackageType Image is not built in this server.")]
    [InlineData("Runtime", "\"java21\"", "The runtime java21 is not built in this server.")]
    [InlineData("Code", "{\"S3Bucket\":\"bucket\",\"S3Key\":\"k\"}", "S3Bucket is not built in this server: give the code as ZipFile.")]
    [InlineData("Code", "{\"ImageUri\":\"i\"}", "ImageUri is not built in this server: give the code as ZipFile.")]
    [InlineData("Code", "{}", "Please provide a source for function code.")]
    [InlineData("Handler", "null", "Runtime and Handler are mandatory parameters for functions created with deployment packages.")]
    [InlineData("MemorySize", "10241", "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240")]
    public async Task What_is_not_built_is_refused_by_name(string member, string json, string message)
    {
        await using var rig = await FunctionRig.StartAsync();
        var body = FunctionRig.CreateBody("f");
        body[member] = JsonNode.Parse(json);
        var fault = await rig.RefusedAsync(400, "InvalidParameterValueException", "POST", "/2015-03-31/functions", body);
        Assert.Equal(message, fault.Message);
    }

    /// <summary>Stored, it would fail at every call instead.</summary>
    [Fact]
    public async Task A_role_that_no_session_can_be_of_is_refused()
    {
        await using var rig = await FunctionRig.StartAsync();
        foreach (var role in new[]
        {
            "arn:aws:iam::123456789012:roler", "arn:aws:iam::123456789012:role/path/", "arn::iam::123456789012:role/r",
            "arn:aws:iam::123456789012:role/" + new string('r', 65), "arn:aws:iam::123456789012:role/" + new string('p', 500_000) + "/r",
        })
        {
            var body = FunctionRig.CreateBody("f");
            body["Role"] = role;
            var fault = await rig.RefusedAsync(400, "InvalidParameterValueException", "POST", "/2015-03-31/functions", body);
            Assert.Equal("The role defined for the function cannot be assumed by Lambda.", fault.Message);
        }

        await rig.CreateAsync("f", body => body["Role"] = "arn:aws:iam::123456789012:role/service-role/a/" + new string('r', 64));
    }

    [Fact]
    public async Task An_unknown_runtime_is_told_the_known_ones()
    {
        await using var rig = await FunctionRig.StartAsync();
        var body = FunctionRig.CreateBody("f");
        body["Runtime"] = "python9.9";
        var fault = await rig.RefusedAsync(400, "InvalidParameterValueException", "POST", "/2015-03-31/functions", body);
        Assert.StartsWith(
            "Value python9.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [",
            fault.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("] or be a valid ARN", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_of_another_type_is_no_request()
    {
        await using var rig = await FunctionRig.StartAsync();
        foreach (var (member, value) in new (string, JsonNode)[]
        {
            ("Timeout", "three"), ("MemorySize", 128.5), ("Description", 1), ("Environment", "x"), ("Publish", "yes"),
            ("Architectures", "x86_64"), ("Tags", new JsonObject { ["a"] = 1 }), ("FunctionName", 7),
        })
        {
            var body = FunctionRig.CreateBody("f");
            body[member] = value;
            await rig.RefusedAsync(400, "SerializationException", "POST", "/2015-03-31/functions", body);
        }

        var bad = FunctionRig.CreateBody("f");
        bad["Code"]!["ZipFile"] = "no base64!";
        await rig.RefusedAsync(400, "SerializationException", "POST", "/2015-03-31/functions", bad);
    }

    /// <summary>Recorded: "... exceeded the 4KB limit. String measured: {...}".</summary>
    [Fact]
    public async Task Environment_variables_have_4_KB_together()
    {
        await using var rig = await FunctionRig.StartAsync();
        var most = new string('x', 4096 - """{"AB":""}""".Length);
        var created = await rig.CreateAsync("f", body => body["Environment"] = Variables(("AB", most)));
        Assert.Equal(most, created["Environment"]!["Variables"]!["AB"]!.GetValue<string>());
        var more = FunctionRig.CreateBody("g");
        more["Environment"] = Variables(("AB", most + "x"));
        var fault = await rig.RefusedAsync(400, "InvalidParameterValueException", "POST", "/2015-03-31/functions", more);
        Assert.Equal(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            + $"exceeded the 4KB limit. String measured: {{\"AB\":\"{most}x\"}}",
            fault.Message);
    }

    [Fact]
    public async Task Lambdas_own_variables_cannot_be_given()
    {
        await using var rig = await FunctionRig.StartAsync();
        var body = FunctionRig.CreateBody("f");
        body["Environment"] = Variables(("AWS_REGION", "mars"), ("MINE", "1"));
        var fault = await rig.RefusedAsync(400, "InvalidParameterValueException", "POST", "/2015-03-31/functions", body);
        Assert.Equal(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            + "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION",
            fault.Message);
    }

    [Fact]
    public async Task The_code_can_be_read_back_from_its_location()
    {
        await using var rig = await FunctionRig.StartAsync();
        var zip = Zips.Python("return 42");
        await rig.CallAsync(201, "POST", "/2015-03-31/functions", FunctionRig.CreateBody("f", zip));
        var location = new Uri((await rig.CallAsync(200, "GET", "/2015-03-31/functions/f"))["Code"]!["Location"]!.GetValue<string>());
        Assert.Equal("localhost:8000", location.Authority);
        var answer = await rig.SendAsync("GET", location.PathAndQuery);
        Assert.Equal(zip, answer.Bytes!.Value.ToArray());
        await rig.RefusedAsync(
            404, "ResourceNotFoundException", "GET", $"/_local/lambda/code/f/$LATEST/{new string('0', 64)}");
    }

    [Fact]
    public async Task A_published_creation_answers_version_1_and_both_become_active()
    {
        await using var rig = await FunctionRig.StartAsync();
        var created = await rig.CreateAsync("f", body => body["Publish"] = true);
        Assert.Equal("1", created["Version"]!.GetValue<string>());
        Assert.Equal("Pending", created["State"]!.GetValue<string>());
        await rig.ActiveAsync("f");
        var version = await rig.CallAsync(200, "GET", "/2015-03-31/functions/f/configuration?Qualifier=1");
        Assert.Equal("Active", version["State"]!.GetValue<string>());
        Assert.Equal(FunctionRig.Arn + "f:1", version["FunctionArn"]!.GetValue<string>());
    }

    private static JsonObject Variables(params (string Name, string Value)[] variables)
    {
        var all = new JsonObject();
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }

        return new JsonObject { ["Variables"] = all };
    }
}
