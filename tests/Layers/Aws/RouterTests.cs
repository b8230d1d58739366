using System.Text.Json.Nodes;
using System.Xml.Linq;
using Storage.Server.Aws;
using Xunit;

namespace Storage.Layers.Tests.Aws;

/// <summary>One port, many services: how a request finds its own, and what answers when none is built.</summary>
public sealed class RouterTests : IAsyncLifetime
{
    private readonly RouterRig rig = RouterRig.Of(
        new JsonService("logs", "Logs_20140328.", "1.1", new Dictionary<string, JsonOperation>
        {
            ["DescribeLogGroups"] = (call, request, _) => ValueTask.FromResult(new JsonObject
            {
                ["region"] = call.Region, ["account"] = call.AccountId, ["key"] = call.AccessKeyId, ["echo"] = request.Text("echo"),
            }),
            ["CreateLogGroup"] = (_, _, _) => throw new AwsException(400, "ResourceAlreadyExistsException", "It is there."),
            ["DeleteLogGroup"] = (_, _, _) => throw new InvalidOperationException("a secret value"),
        }),
        new QueryService("sts", "https://sts.amazonaws.com/doc/2011-06-15/", new Dictionary<string, QueryOperation>
        {
            ["GetCallerIdentity"] = (call, request, _) => ValueTask.FromResult<IReadOnlyList<XElement>?>(
                [new XElement("Account", call.AccountId), new XElement("UserId", request["Echo"])]),
            ["AssumeRole"] = (_, _, _) => throw new AwsException(403, "AccessDenied", "No."),
        }),
        new RestService("lambda", 1000, [
            new RestRoute("GET", "/2015-03-31/functions/{FunctionName}", "GetFunction", (request, _) =>
                ValueTask.FromResult(new RestAnswer(200, new JsonObject { ["name"] = request.Path["FunctionName"], ["q"] = request.Query["Qualifier"].ToString() }))),
            new RestRoute("POST", "/2015-03-31/functions", "CreateFunction", (request, _) =>
                ValueTask.FromResult(new RestAnswer(201, request.ReadJson()))),
            new RestRoute("DELETE", "/2015-03-31/functions/{FunctionName}", "DeleteFunction", (_, _) =>
                throw new AwsException(404, "ResourceNotFoundException", "Function not found: x")),
            new RestRoute("POST", "/2015-03-31/functions/{FunctionName}/invocations", "Invoke", (_, _) =>
                throw new AwsException(new AwsFault(429, "TooManyRequestsException", "Rate Exceeded.", new JsonObject
                {
                    ["Reason"] = "ReservedFunctionConcurrentInvocationLimitExceeded",
                }) { RetryAfterSeconds = 1 })),
            new RestRoute("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency", (_, _) =>
                ValueTask.FromResult(new RestAnswer(204, null))),
        ]));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task A_target_prefix_finds_a_JSON_service_and_the_scope_says_Region_and_key()
    {
        var answer = await rig.SendJsonAsync("logs", "Logs_20140328.DescribeLogGroups", """{"echo":"ü"}""");

        Assert.Equal((200, """{"region":"eu-west-1","account":"123456789012","key":"AKIDEXAMPLE","echo":"ü"}"""), (answer.Status, answer.Body));
        Assert.Equal("application/x-amz-json-1.1", answer.Headers.ContentType);
        Assert.Matches("^[0-9a-f-]{36}$", answer.Headers["x-amzn-RequestId"].ToString());
    }

    [Theory]
    [InlineData("""{"echo":"\ud800"}""")]
    [InlineData("""{"\ud800":"echo"}""")]
    [InlineData("""{"list":[{"a":"x\udc00\ud800"}]}""")]
    public async Task Half_a_surrogate_pair_is_no_text_of_any_member(string body)
    {
        var answer = await rig.SendJsonAsync("logs", "Logs_20140328.DescribeLogGroups", body);
        Assert.Equal((400, "SerializationException"), (answer.Status, (string?)answer.Json["__type"]));
        var rest = await rig.SendAsync("POST", "/2015-03-31/functions", RouterRig.Signed("lambda"), body);
        Assert.Equal((400, "SerializationException"), (rest.Status, rest.Headers["x-amzn-ErrorType"].ToString()));
    }

    [Fact]
    public async Task A_JSON_fault_has_its_type_in_body_and_header()
    {
        var answer = await rig.SendJsonAsync("logs", "Logs_20140328.CreateLogGroup", "{}");

        Assert.Equal(
            (400, """{"__type":"ResourceAlreadyExistsException","message":"It is there."}"""), (answer.Status, answer.Body));
        Assert.Equal("ResourceAlreadyExistsException", answer.Headers["x-amzn-errortype"]);
    }

    [Theory]
    [InlineData("""[1]""")]
    [InlineData("""{"a":1""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"echo":7}""")]
    [InlineData("""{"echo":"\ud800"}""")]
    public async Task A_wrong_body_is_a_SerializationException(string body)
    {
        var answer = await rig.SendJsonAsync("logs", "Logs_20140328.DescribeLogGroups", body);
        Assert.Equal((400, "SerializationException"), (answer.Status, (string?)answer.Json["__type"]));
    }

    [Fact]
    public async Task Our_own_mistake_is_a_500_without_its_words_there_and_in_the_log()
    {
        var answer = await rig.SendJsonAsync("logs", "Logs_20140328.DeleteLogGroup", "{}");

        Assert.Equal((500, "InternalFailure"), (answer.Status, (string?)answer.Json["__type"]));
        Assert.DoesNotContain("secret", answer.Body + rig.Log, StringComparison.Ordinal);
        Assert.Contains(nameof(InvalidOperationException), rig.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_scope_finds_a_Query_service()
    {
        var answer = await rig.SendFormAsync("sts", "Action=GetCallerIdentity&Version=2011-06-15&Echo=a+%26b");

        Assert.Equal(200, answer.Status);
        Assert.Equal(XName.Get("GetCallerIdentityResponse", "https://sts.amazonaws.com/doc/2011-06-15/"), answer.Xml.Name);
        Assert.Equal(("123456789012", "a &b"), (answer.Element("Account"), answer.Element("UserId")));
        Assert.Equal(answer.Headers["x-amzn-RequestId"], answer.Element("RequestId"));
    }

    [Theory]
    [InlineData("Action=AssumeRole", 403, "AccessDenied")]
    [InlineData("Action=Nothing", 400, "InvalidAction")]
    [InlineData("Version=2011-06-15", 400, "MissingAction")]
    [InlineData("Action=GetFederationToken", 501, "NotImplemented")]
    public async Task A_Query_fault_is_XML_with_sender_and_code(string form, int status, string code)
    {
        var answer = await rig.SendFormAsync("sts", form);
        Assert.Equal((status, code), (answer.Status, answer.Element("Code")));
        Assert.Equal(status < 500 ? "Sender" : "Receiver", answer.Element("Type"));
        Assert.Equal("ErrorResponse", answer.Xml.Name.LocalName);
    }

    [Theory]
    [InlineData("/2015-03-31/functions/hello?Qualifier=3", "hello", "3")]
    [InlineData("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Ahello/", "arn:aws:lambda:us-east-1:1:function:hello", "")]
    [InlineData("/2015-03-31/functions/a%2Fb", "a/b", "")]
    public async Task A_path_finds_a_REST_operation_and_its_values(string target, string name, string qualifier)
    {
        var answer = await rig.SendAsync("GET", target, RouterRig.Signed("lambda"));
        Assert.Equal((200, name, qualifier), (answer.Status, (string?)answer.Json["name"], (string?)answer.Json["q"]));
        Assert.Equal("application/json", answer.Headers.ContentType);
    }

    [Fact]
    public async Task Credentials_that_name_no_service_leave_the_path_to_say_it()
    {
        var answer = await rig.SendAsync("GET", "/2015-03-31/functions/hello", "any");
        Assert.Equal(200, answer.Status);
    }

    /// <summary>Lambda's shapes put the text in Message for some errors and in message for others. Source: service model.</summary>
    [Fact]
    public async Task REST_faults_have_the_members_of_their_shapes()
    {
        var missing = await rig.SendAsync("DELETE", "/2015-03-31/functions/x", RouterRig.Signed("lambda"));
        Assert.Equal((404, """{"Type":"User","Message":"Function not found: x"}"""), (missing.Status, missing.Body));
        Assert.Equal("ResourceNotFoundException", missing.Headers["x-amzn-ErrorType"]);

        var throttled = await rig.SendAsync("POST", "/2015-03-31/functions/x/invocations", RouterRig.Signed("lambda"), "{}");
        Assert.Equal(
            (429, """{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"""),
            (throttled.Status, throttled.Body));
        Assert.Equal("1", throttled.Headers.RetryAfter);
    }

    [Fact]
    public async Task An_answer_without_content_has_no_body_and_a_too_large_request_is_refused_by_name()
    {
        var empty = await rig.SendAsync("DELETE", "/2017-10-31/functions/x/concurrency", RouterRig.Signed("lambda"));
        Assert.Equal((204, string.Empty), (empty.Status, empty.Body));

        var large = await rig.SendAsync("POST", "/2015-03-31/functions", RouterRig.Signed("lambda"), new string(' ', 1001));
        Assert.Equal(413, large.Status);
        Assert.Equal("RequestEntityTooLargeException", large.Headers["x-amzn-ErrorType"]);
        Assert.Equal("Request must be smaller than 1000 bytes for the CreateFunction operation", (string?)large.Json["message"]);
    }

    [Theory]
    [InlineData("lambda", "POST", "/2021-10-31/functions/f/url", "AWS Lambda's operation CreateFunctionUrlConfig is not built yet.")]
    [InlineData("lambda", "GET", "/2018-10-31/layers?find=LayerVersion&Arn=x", "AWS Lambda's operation GetLayerVersionByArn is not built yet.")]
    [InlineData("lambda", "GET", "/2018-10-31/layers", "AWS Lambda's operation ListLayers is not built yet.")]
    [InlineData("apigateway", "GET", "/restapis", "Amazon API Gateway is not built yet: GET /restapis was not done.")]
    public async Task A_REST_call_that_is_not_built_is_named(string service, string method, string target, string text)
    {
        var answer = await rig.SendAsync(method, target, RouterRig.Signed(service));
        Assert.Equal((501, text), (answer.Status, (string?)answer.Json["message"]));
        Assert.Equal("NotImplemented", answer.Headers["x-amzn-errortype"]);
    }

    [Theory]
    [InlineData("AWSCognitoIdentityProviderService.SignUp", "Amazon Cognito Identity Provider is not built yet: SignUp was not done.")]
    [InlineData("AWSStepFunctions.StartExecution", "AWS Step Functions is not built yet: StartExecution was not done.")]
    [InlineData("Logs_20140328.StartQuery", "Amazon CloudWatch Logs' operation StartQuery is not built yet.")]
    public async Task A_JSON_call_that_is_not_built_is_named(string target, string text)
    {
        var answer = await rig.SendJsonAsync("x", target, "{}");
        Assert.Equal((501, "NotImplemented", text), (answer.Status, (string?)answer.Json["__type"], (string?)answer.Json["message"]));
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("sns")]
    public async Task A_service_of_XML_that_is_not_built_says_so_in_XML(string service)
    {
        var answer = await rig.SendFormAsync(service, "Action=Publish");
        Assert.Equal((501, "NotImplemented"), (answer.Status, answer.Element("Code")));
        Assert.EndsWith(" is not built yet: Publish was not done.", answer.Element("Message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_GET_of_the_root_is_a_call_and_an_unsigned_one_asks_for_health()
    {
        var buckets = await rig.SendAsync("GET", "/", RouterRig.Signed("s3"));
        Assert.Equal((501, "NotImplemented"), (buckets.Status, buckets.Element("Code")));
        Assert.Equal(200, (await rig.SendAsync("GET", "/", null)).Status);
        Assert.Equal(200, (await rig.SendAsync("GET", "/", RouterRig.Signed("dynamodb"))).Status);
    }

    [Theory]
    [InlineData("abc.execute-api.us-east-1.localhost:8000", "API Gateway")]
    [InlineData("abc.lambda-url.us-east-1.localhost", "function URL")]
    [InlineData("bucket.s3.localhost", "Simple Storage")]
    public async Task A_host_of_something_that_is_not_built_is_named(string host, string title)
    {
        var answer = await rig.SendAsync("GET", "/dev/users", null, "", ("Host", host));
        Assert.Equal(501, answer.Status);
        Assert.Contains(title, (string?)answer.Json["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_outside_the_model_are_unknown()
    {
        var json = await rig.SendJsonAsync("logs", "Logs_20140328.Nothing", "{}");
        Assert.Equal((400, "UnknownOperationException"), (json.Status, (string?)json.Json["__type"]));
        var rest = await rig.SendAsync("GET", "/2015-03-31/nothing", RouterRig.Signed("lambda"));
        Assert.Equal((404, "UnknownOperationException"), (rest.Status, rest.Headers["x-amzn-ErrorType"].ToString()));
        var dynamoDb = await rig.SendJsonAsync("dynamodb", "DynamoDB_20120810.ListTables", "{}");
        Assert.Equal(200, dynamoDb.Status);
    }

    [Fact]
    public async Task Every_service_demands_credentials_and_health_does_not()
    {
        var json = await rig.SendAsync("POST", "/", null, "{}", ("X-Amz-Target", "Logs_20140328.DescribeLogGroups"), ("Content-Type", "application/x-amz-json-1.1"));
        Assert.Equal((400, "MissingAuthenticationTokenException"), (json.Status, (string?)json.Json["__type"]));
        var rest = await rig.SendAsync("GET", "/2015-03-31/functions/hello", null);
        Assert.Equal((403, "MissingAuthenticationTokenException"), (rest.Status, rest.Headers["x-amzn-ErrorType"].ToString()));
        var form = await rig.SendAsync("POST", "/", null, "Action=GetCallerIdentity", ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.InRange(form.Status, 400, 404);
        Assert.DoesNotContain("123456789012", form.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await rig.SendAsync("GET", "/healthz", null)).Status);
    }

    /// <summary>
    /// A page of another site may send these without a preflight (Fetch standard, simple requests and images); a browser
    /// says its origin when it posts and its site when it loads.
    /// </summary>
    [Theory]
    [InlineData("POST", "/2015-03-31/functions", "Origin", "https://evil.example", "text/plain")]
    [InlineData("POST", "/2015-03-31/functions?X-Amz-Credential=a&X-Amz-Signature=b", "Origin", "null", "text/plain")]
    [InlineData("POST", "/", "Origin", "https://evil.example", "application/x-www-form-urlencoded")]
    [InlineData("GET", "/2015-03-31/functions/f?X-Amz-Credential=a&X-Amz-Signature=b", "Sec-Fetch-Site", "cross-site", null)]
    [InlineData("GET", "/2015-03-31/functions/f?X-Amz-Credential=a&X-Amz-Signature=b", "Sec-Fetch-Site", "same-site", null)]
    public async Task A_web_page_of_another_origin_reaches_no_service(string method, string target, string header, string value, string? contentType)
    {
        var answer = await rig.SendAsync(
            method, target, method == "GET" ? null : RouterRig.Signed("lambda"), "{}", (header, value), ("Content-Type", contentType));
        Assert.Equal((403, "com.amazon.coral.service#AccessDeniedException"), (answer.Status, (string?)answer.Json["__type"]));
    }

    /// <summary>A form that a page has an image load comes without Origin: parameters count in the body only.</summary>
    [Fact]
    public async Task A_Query_call_in_a_URL_does_nothing()
    {
        var answer = await rig.SendAsync(
            "GET", "/?Action=GetCallerIdentity&X-Amz-Credential=a/20260101/us-east-1/sts/aws4_request&X-Amz-Signature=b", null);
        Assert.DoesNotContain("GetCallerIdentityResponse", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_allowed_origin_may_ask_before_a_DELETE()
    {
        var answer = await rig.SendAsync(
            "OPTIONS", "/2015-03-31/functions/f", null, "", ("Origin", "http://allowed.example"), ("Access-Control-Request-Method", "DELETE"));
        Assert.Equal(200, answer.Status);
        Assert.Contains("DELETE", answer.Headers.AccessControlAllowMethods.ToString(), StringComparison.Ordinal);
    }
}
