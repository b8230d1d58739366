using Storage.Engine.Api;

namespace Storage.Server.Transfer;

/// <summary>A door that tries again, with growing pauses, while the answer says that this may help.</summary>
internal sealed class RetryingDoor(IDynamoDbDoor door, TimeProvider time) : IAsyncDisposable
{
    private const int AttemptsMax = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Null when the operation succeeded and <paramref name="answer"/> holds its result; else AWS's refusal.</summary>
    /// <exception cref="TransferException">The server could not be reached or kept failing.</exception>
    internal async ValueTask<AwsError?> CallAsync(
        string operation, ReadOnlyMemory<byte> body, ResponseBuffer answer, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            string failure;
            try
            {
                var status = await door.CallAsync(operation, body, answer, cancellation);
                if (status == 200)
                {
                    return null;
                }

                var error = AwsError.Read(answer.Written, status);
                if (!AwsError.IsTransient(status, error.Type))
                {
                    return error;
                }

                failure = error.Message;
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                failure = error.Message;
            }

            if (attempt == AttemptsMax)
            {
                throw new TransferException($"{operation} failed {attempt} times, the last time: {failure}");
            }

            await PauseAsync(attempt, cancellation);
        }
    }

    /// <summary>Waits before attempt <paramref name="attempt"/> + 1.</summary>
    internal Task PauseAsync(int attempt, CancellationToken cancellation) =>
        Task.Delay(FirstPause * (1 << Math.Min(attempt - 1, 6)), time, cancellation);

    public ValueTask DisposeAsync() => door.DisposeAsync();
}
