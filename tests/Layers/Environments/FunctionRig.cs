using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Storage.Server.Lambda;
using Storage.Server.Lambda.Environments;
using Storage.Tests.Server;

namespace Storage.Layers.Tests.Environments;

/// <summary>An executor with its directory, code packages and logs in memory.</summary>
internal sealed class FunctionRig : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ScratchDirectory scratch = new();
    private readonly Dictionary<string, byte[]> packages = [];
    private readonly StringWriter warnings = new();

    internal FunctionRig(LambdaOptions? options = null, TimeProvider? time = null, MemoryMeans? memory = null, string? root = null)
    {
        Root = root ?? scratch.File("lambda");
        Logs = new RecordedLogs();
        Executor = new Executor(new ExecutorSettings
        {
            Options = options ?? new LambdaOptions(),
            ReadCode = (name, _) => ValueTask.FromResult(packages[name]),
            Logs = Logs,
            Sessions = new FixedSessions(time ?? TimeProvider.System),
            Time = time ?? TimeProvider.System,
            Region = "eu-west-1",
            Root = Root,
            Endpoint = () => new Uri("http://127.0.0.1:8000"),
            Warnings = warnings,
            Memory = memory,
        });
    }

    internal Executor Executor { get; }

    internal RecordedLogs Logs { get; }

    internal string Root { get; }

    internal string Warnings => warnings.ToString();

    /// <summary>Processes that carry the mark of one of this rig's environments.</summary>
    internal List<int> Marked() => ProcessTable.Find(ProcessTable.MarkOf(Root));

    internal FunctionVersion Python(string source, string handler = "app.handler", string runtime = "python3.11") =>
        Function(runtime, handler, ("app.py", source, false));

    internal FunctionVersion Node(string source, string handler = "index.handler", string file = "index.js") =>
        Function("nodejs20.x", handler, (file, source, false));

    internal FunctionVersion Function(string runtime, string handler, params (string Name, string Content, bool Executable)[] files) =>
        Zipped(runtime, handler, Zip(files));

    internal FunctionVersion Zipped(string runtime, string handler, byte[] zip)
    {
        var hash = SHA256.HashData(zip);
        var name = Convert.ToHexStringLower(hash);
        packages[name] = zip;
        return new FunctionVersion
        {
            Name = "hello",
            Version = "$LATEST",
            Arn = "arn:aws:lambda:eu-west-1:000000000000:function:hello",
            Runtime = runtime,
            Handler = handler,
            RoleArn = "arn:aws:iam::000000000000:role/r",
            CodeSha256 = Convert.ToBase64String(hash),
            CodeBytes = zip.Length,
            CodeBlob = name,
            RevisionId = Guid.NewGuid().ToString(),
            LastModified = DateTimeOffset.UnixEpoch,
            Environment = ImmutableSortedDictionary<string, string>.Empty,
            TimeoutSeconds = 60,
        };
    }

    internal async Task<Outcome> RunAsync(FunctionVersion version, string payload = "{}", Func<Execution, Execution>? change = null)
    {
        var execution = new Execution(Guid.NewGuid().ToString(), new ResolvedFunction(version, version.Arn), Encoding.UTF8.GetBytes(payload));
        execution = change?.Invoke(execution) ?? execution;
        using var patience = new CancellationTokenSource(Patience);
        var result = await Executor.RunAsync(execution, patience.Token);
        return new Outcome(
            execution.RequestId,
            result.FunctionError,
            Encoding.UTF8.GetString(result.Payload.Span),
            Encoding.UTF8.GetString(result.LogTail.Span));
    }

    /// <summary>Waits for what happens in the background; fails when it does not.</summary>
    internal static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(10, patience.Token);
        }
    }

    internal static byte[] Zip(params (string Name, string Content, bool Executable)[] files)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create))
        {
            foreach (var (name, content, executable) in files)
            {
                var entry = archive.CreateEntry(name);
                entry.ExternalAttributes = (executable ? 0x81ED : 0x81A4) << 16;
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return buffer.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Executor.DisposeAsync();
        CodePackages.Delete(Root);
        scratch.Dispose();
    }

    internal sealed record Outcome(string RequestId, string? Error, string Payload, string LogTail);
}
