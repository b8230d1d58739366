using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Layers.Tests.Aws;
using Storage.Server.Identity;
using Xunit;

namespace Storage.Layers.Tests.Identity;

/// <summary>Roles and sessions as IAM and STS answer.</summary>
public sealed class IdentityTests : IAsyncLifetime
{
    private const string Trust = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}""";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
    private Store store = null!;
    private StsService sts = null!;
    private RouterRig rig = null!;

    public async Task InitializeAsync()
    {
        store = await Store.OpenAsync(new StoreOptions { Seed = 1, Time = time });
        sts = new StsService(store, time);
        var iam = new IamService(store, time);
        await sts.StartAsync(default);
        await iam.StartAsync(default);
        rig = RouterRig.Of(sts.Service, iam.Service);
    }

    public async Task DisposeAsync()
    {
        await rig.DisposeAsync();
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Any_keys_are_the_accounts_own()
    {
        var answer = await OkAsync("sts", "Action=GetCallerIdentity&Version=2011-06-15");
        Assert.Equal(
            ("arn:aws:iam::123456789012:root", "123456789012", "123456789012"),
            (answer.Element("Arn"), answer.Element("UserId"), answer.Element("Account")));
    }

    [Fact]
    public async Task A_role_is_created_read_listed_and_deleted()
    {
        var created = await OkAsync(
            "iam",
            "Action=CreateRole&RoleName=lambda-role&Path=/service-role/&Description=a+%26+b&Tags.member.1.Key=k&Tags.member.1.Value=v"
            + "&AssumeRolePolicyDocument=" + Uri.EscapeDataString(Trust));
        Assert.Equal("arn:aws:iam::123456789012:role/service-role/lambda-role", created.Element("Arn"));
        Assert.Matches("^AROA[A-Z2-7]{17}$", created.Element("RoleId"));
        Assert.Equal("2026-11-01T00:00:00Z", created.Element("CreateDate"));

        // "Policies returned by this operation are URL-encoded compliant with RFC 3986." API Reference, GetRole.
        Assert.StartsWith("%7B%22Version%22%3A%20%222012-10-17%22", created.Element("AssumeRolePolicyDocument"), StringComparison.Ordinal);
        var read = await OkAsync("iam", "Action=GetRole&RoleName=LAMBDA-ROLE");
        Assert.Equal((created.Element("RoleId"), "a & b", "v"), (read.Element("RoleId"), read.Element("Description"), read.Element("Value")));
        await RefusedAsync(
            "iam",
            "Action=CreateRole&RoleName=Lambda-Role&AssumeRolePolicyDocument=" + Uri.EscapeDataString(Trust),
            409,
            "EntityAlreadyExists",
            "Role with name Lambda-Role already exists.");
        await OkAsync("iam", "Action=DeleteRole&RoleName=lambda-role");
        await RefusedAsync("iam", "Action=GetRole&RoleName=lambda-role", 404, "NoSuchEntity", "The role with name lambda-role cannot be found.");
    }

    /// <summary>Source of the lengths: the services' models.</summary>
    [Theory]
    [InlineData("iam", "Action=ListRoles&Marker=@")]
    [InlineData("iam", "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=#&PermissionsBoundary=@")]
    [InlineData("sts", "Action=AssumeRole&RoleSessionName=abc&RoleArn=arn:aws:iam::123456789012:role/@/r")]
    public async Task A_text_longer_than_an_item_takes_is_the_clients_mistake(string service, string form)
    {
        var answer = await rig.SendFormAsync(service, form
            .Replace("@", new string('a', 500_000), StringComparison.Ordinal)
            .Replace("#", Uri.EscapeDataString(Trust), StringComparison.Ordinal));
        Assert.Equal((400, "ValidationError"), (answer.Status, answer.Element("Code")));
    }

    [Fact]
    public void Credentials_as_text_hold_no_secret()
    {
        var credentials = new Storage.Server.Contracts.SessionCredentials("ASIAKEY", "hidden-key", "hidden-token", DateTimeOffset.UnixEpoch);
        Assert.DoesNotContain("hidden", credentials.ToString(), StringComparison.Ordinal);
        Assert.Contains("ASIAKEY", credentials.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_come_in_pages()
    {
        foreach (var name in new[] { "b", "a", "c", "d" })
        {
            await CreateRoleAsync(name, name == "d" ? "/other/" : "/team/");
        }

        var first = await OkAsync("iam", "Action=ListRoles&MaxItems=2&PathPrefix=/team/");
        Assert.Equal(["a", "b"], Values(first, "RoleName"));
        Assert.Equal("true", first.Element("IsTruncated"));
        var second = await OkAsync("iam", "Action=ListRoles&MaxItems=2&PathPrefix=/team/&Marker=" + first.Element("Marker"));
        Assert.Equal(["c"], Values(second, "RoleName"));
        Assert.Equal("false", second.Element("IsTruncated"));
    }

    [Fact]
    public async Task Policies_are_attached_put_listed_and_keep_their_role_from_going()
    {
        await CreateRoleAsync("r");
        const string Arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        await OkAsync("iam", "Action=AttachRolePolicy&RoleName=r&PolicyArn=" + Arn);
        await OkAsync("iam", "Action=AttachRolePolicy&RoleName=r&PolicyArn=" + Arn);
        var attached = await OkAsync("iam", "Action=ListAttachedRolePolicies&RoleName=r");
        Assert.Equal(["AWSLambdaBasicExecutionRole"], Values(attached, "PolicyName"));
        Assert.Equal(Arn, attached.Element("PolicyArn"));
        await RefusedAsync("iam", "Action=DeleteRole&RoleName=r", 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.");

        await OkAsync("iam", "Action=PutRolePolicy&RoleName=r&PolicyName=inline&PolicyDocument=" + Uri.EscapeDataString(Trust));
        var inline = await OkAsync("iam", "Action=GetRolePolicy&RoleName=r&PolicyName=inline");
        Assert.Equal(Trust, Uri.UnescapeDataString(inline.Element("PolicyDocument")!));
        Assert.Equal(["inline"], Values(await OkAsync("iam", "Action=ListRolePolicies&RoleName=r"), "member"));
        await OkAsync("iam", "Action=DetachRolePolicy&RoleName=r&PolicyArn=" + Arn);
        await RefusedAsync("iam", "Action=DetachRolePolicy&RoleName=r&PolicyArn=" + Arn, 404, "NoSuchEntity", $"Policy {Arn} was not found.");
        await RefusedAsync("iam", "Action=DeleteRole&RoleName=r", 409, "DeleteConflict", "Cannot delete entity, must delete policies first.");
        await OkAsync("iam", "Action=DeleteRolePolicy&RoleName=r&PolicyName=inline");
        await RefusedAsync(
            "iam", "Action=GetRolePolicy&RoleName=r&PolicyName=inline", 404, "NoSuchEntity", "The role policy with name inline cannot be found.");
        await OkAsync("iam", "Action=DeleteRole&RoleName=r");
    }

    [Theory]
    [InlineData("Action=CreateRole&RoleName=a%20b&AssumeRolePolicyDocument={}", "ValidationError", "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")]
    [InlineData("Action=CreateRole&RoleName=a&AssumeRolePolicyDocument=none", "MalformedPolicyDocument", "This policy contains invalid Json")]
    [InlineData("Action=CreateRole&RoleName=a&AssumeRolePolicyDocument={}", "MalformedPolicyDocument", "Syntax errors in policy.")]
    [InlineData("Action=CreateRole&RoleName=a", "ValidationError", "The request must contain the parameter AssumeRolePolicyDocument.")]
    [InlineData("Action=AttachRolePolicy&RoleName=a&PolicyArn=short", "InvalidInput", "ARN short is not valid.")]
    public async Task Wrong_parameters_are_refused(string form, string code, string message) =>
        await RefusedAsync("iam", form, 400, code, message);

    [Fact]
    public async Task Policies_that_exceed_the_quota_are_refused()
    {
        await CreateRoleAsync("r");
        var large = Uri.EscapeDataString($$"""{"Statement":[],"Id":"{{new string('x', 9000)}}"}""");
        await OkAsync("iam", "Action=PutRolePolicy&RoleName=r&PolicyName=a&PolicyDocument=" + large);
        await RefusedAsync(
            "iam",
            "Action=PutRolePolicy&RoleName=r&PolicyName=b&PolicyDocument=" + large,
            409,
            "LimitExceeded",
            "Maximum policy size of 10240 bytes exceeded for role r");
    }

    [Fact]
    public async Task A_session_of_a_role_is_known_by_its_key_until_it_ends()
    {
        await CreateRoleAsync("r", "/team/");
        var roleId = (await OkAsync("iam", "Action=GetRole&RoleName=r")).Element("RoleId");
        var assumed = await OkAsync(
            "sts", "Action=AssumeRole&RoleArn=arn:aws:iam::123456789012:role/team/r&RoleSessionName=me&DurationSeconds=900");
        Assert.Equal("arn:aws:sts::123456789012:assumed-role/r/me", assumed.Element("Arn"));
        Assert.Equal($"{roleId}:me", assumed.Element("AssumedRoleId"));
        Assert.Equal("2026-11-01T00:15:00Z", assumed.Element("Expiration"));
        var key = assumed.Element("AccessKeyId")!;
        Assert.Matches("^ASIA[A-Z2-7]{16}$", key);
        Assert.Equal(40, assumed.Element("SecretAccessKey")!.Length);

        var who = await rig.SendAsync(
            "POST", "/", RouterRig.Signed("sts", key: key), "Action=GetCallerIdentity", ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.Equal(("arn:aws:sts::123456789012:assumed-role/r/me", $"{roleId}:me"), (who.Element("Arn"), who.Element("UserId")));

        time.Advance(TimeSpan.FromSeconds(900));
        var ended = await rig.SendAsync(
            "POST", "/", RouterRig.Signed("sts", key: key), "Action=GetCallerIdentity", ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.Equal((403, "ExpiredToken"), (ended.Status, ended.Element("Code")));
    }

    [Fact]
    public async Task A_layer_gets_a_session_of_a_role_that_nobody_created_too()
    {
        const string Arn = "arn:aws:iam::000000000000:role/lambda-ex";
        var credentials = await sts.IssueAsync(Arn, "hello", TimeSpan.FromHours(12), default);
        var again = await sts.IssueAsync(Arn, "hello", TimeSpan.FromHours(12), default);
        Assert.NotEqual(credentials.SecretAccessKey, again.SecretAccessKey);
        Assert.Equal(time.GetUtcNow().AddHours(12), credentials.Expiration);
        var who = await rig.SendAsync(
            "POST",
            "/",
            RouterRig.Signed("sts", key: credentials.AccessKeyId),
            "Action=GetCallerIdentity",
            ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.Equal(
            ("arn:aws:sts::000000000000:assumed-role/lambda-ex/hello", "000000000000"), (who.Element("Arn"), who.Element("Account")));
        var stored = await store.GetAsync("$sts", Item.Of(("pk", credentials.AccessKeyId), ("sk", "session")));
        Assert.Equal(credentials.SecretAccessKey, stored!["secret"].AsString());
        Assert.DoesNotContain(credentials.SecretAccessKey, Session.Read(stored).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RoleArn=short&RoleSessionName=me", "1 validation error detected: Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20")]
    [InlineData("RoleArn=arn:aws:iam::123456789012:user/x&RoleSessionName=me", "arn:aws:iam::123456789012:user/x is invalid")]
    [InlineData("RoleArn=arn:aws:iam::123456789012:role/x&RoleSessionName=m", "1 validation error detected: Value 'm' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2")]
    [InlineData("RoleArn=arn:aws:iam::123456789012:role/x&RoleSessionName=me&DurationSeconds=899", "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900")]
    [InlineData("RoleArn=arn:aws:iam::123456789012:role/x&RoleSessionName=me&DurationSeconds=43201", "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200")]
    public async Task A_session_needs_what_AWS_demands(string form, string message) =>
        await RefusedAsync("sts", "Action=AssumeRole&" + form, 400, "ValidationError", message);

    [Fact]
    public async Task A_session_of_the_account_itself_is_the_accounts_root()
    {
        var token = await OkAsync("sts", "Action=GetSessionToken");
        var who = await rig.SendAsync(
            "POST",
            "/",
            RouterRig.Signed("sts", key: token.Element("AccessKeyId")!),
            "Action=GetCallerIdentity",
            ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.Equal("arn:aws:iam::123456789012:root", who.Element("Arn"));
        Assert.Equal("2026-11-01T12:00:00Z", token.Element("Expiration"));
    }

    private static IEnumerable<string> Values(Answer answer, string name) =>
        answer.Xml.Descendants().Where(one => one.Name.LocalName == name).Select(one => one.Value);

    private Task<Answer> CreateRoleAsync(string name, string path = "/") =>
        OkAsync("iam", $"Action=CreateRole&RoleName={name}&Path={path}&AssumeRolePolicyDocument=" + Uri.EscapeDataString(Trust));

    private async Task<Answer> OkAsync(string service, string form)
    {
        var answer = await rig.SendFormAsync(service, form);
        Assert.True(answer.Status == 200, answer.Body);
        return answer;
    }

    private async Task RefusedAsync(string service, string form, int status, string code, string message)
    {
        var answer = await rig.SendFormAsync(service, form);
        Assert.Equal((status, code, message), (answer.Status, answer.Element("Code"), answer.Element("Message")));
    }
}
