using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Storage.Bench.Server;

/// <summary>
/// The ceiling every figure is measured against: Kestrel with one RequestDelegate that reads the body through the pipe
/// and answers 300 bytes of JSON.
/// </summary>
internal static class EchoServer
{
    // 300 bytes.
    private static readonly byte[] Answer =
        [.. "{\"Item\":{\"pk\":{\"S\":\""u8, .. Enumerable.Repeat((byte)'e', 276), .. "\"}}}"u8];

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, arguments.Number("--port", 0, 65535));
        });
        await using var application = builder.Build();
        application.Run(AnswerAsync);
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine($"Ready {address} pid {Environment.ProcessId}");
        await ((IHost)application).WaitForShutdownAsync();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        context.Response.ContentType = "application/x-amz-json-1.0";
        context.Response.ContentLength = Answer.Length;
        var writer = context.Response.BodyWriter;
        writer.Write(Answer);
        await writer.FlushAsync(context.RequestAborted);
    }
}
