using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Storage.Server.Options;

namespace Storage.Server.Commands;

/// <summary>The command without a name: serves until SIGTERM or SIGINT.</summary>
internal static class Serve
{
    /// <summary>Returns the process's exit code.</summary>
    internal static async Task<int> RunAsync(ServerOptions options, TextWriter output, TextWriter errors)
    {
        StorageServer server;
        try
        {
            server = await StorageServer.StartAsync(options);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await errors.WriteLineAsync(
                $"Port {options.Port} of {options.Host} is already in use; choose another with --port (0 picks a free one).");
            return ExitCode.Failure;
        }
        catch (SocketException error)
        {
            await errors.WriteLineAsync($"Cannot listen on {options.Host} port {options.Port}: {error.Message}.");
            return ExitCode.Failure;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await errors.WriteLineAsync(error.Message);
            return ExitCode.Failure;
        }

        await using (server)
        {
            Banner.Write(output, server.Address, options.Region, options.Data);
            await server.WaitForStopAsync();
        }

        return ExitCode.Success;
    }
}
