using System.Buffers;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>One request sent again and again on one thread, to see what each costs once everything is warm.</summary>
internal static class RepeatedRequest
{
    private const int Repetitions = 1000;

    /// <summary>Bytes that this thread allocates for each.</summary>
    internal static long BytesAllocated(Engine.Store store, string operation, string request)
    {
        var target = "DynamoDB_20120810." + operation;
        var body = new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(request));
        var response = new ArrayBufferWriter<byte>(4096);
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Repetitions;

        void Run()
        {
            for (var i = 0; i < Repetitions; i++)
            {
                response.ResetWrittenCount();
                var handling = store.Api.HandleAsync(target, body, response, default);
                Assert.True(handling.IsCompleted);
                handling.GetAwaiter().GetResult();
            }
        }
    }
}
