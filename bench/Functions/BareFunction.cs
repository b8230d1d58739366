using System.Diagnostics;

namespace Storage.Bench.Functions;

/// <summary>A function in its interpreter, called over pipes: what a call costs without a server.</summary>
internal sealed class BareFunction : IDisposable
{
    private static readonly byte[] Line = "{\"key\":\"value\"}\n"u8.ToArray();

    private readonly Process process;
    private readonly byte[] answer = new byte[256];

    private BareFunction(Process process) => this.process = process;

    /// <exception cref="InvalidOperationException">The interpreter is not installed.</exception>
    internal static BareFunction Start(NoOpFunction function, string directory)
    {
        var loop = "loop" + Path.GetExtension(function.File);
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, function.File), function.Code);
        File.WriteAllText(Path.Combine(directory, loop), function.Loop);
        var start = new ProcessStartInfo(function.Interpreter, [loop])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = directory,
        };
        try
        {
            return new BareFunction(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException($"{function.Interpreter} does not start: {missing.Message}");
        }
    }

    /// <summary>Calls the function once and waits for its answer.</summary>
    internal async Task CallAsync(CancellationToken cancellation)
    {
        var input = process.StandardInput.BaseStream;
        await input.WriteAsync(Line, cancellation);
        await input.FlushAsync(cancellation);
        var output = process.StandardOutput.BaseStream;
        for (var read = 0; read == 0 || answer[read - 1] != (byte)'\n';)
        {
            var more = await output.ReadAsync(answer.AsMemory(read), cancellation);
            read = more > 0 ? read + more : throw new InvalidOperationException("The bare function ended.");
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
