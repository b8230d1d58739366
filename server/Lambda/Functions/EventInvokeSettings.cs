namespace Storage.Server.Lambda.Functions;

/// <summary>What PutFunctionEventInvokeConfig and UpdateFunctionEventInvokeConfig share: their members, read and checked.</summary>
internal sealed record EventInvokeSettings(int? RetryAttemptsMax, int? EventAgeSecondsMax)
{
    /// <exception cref="Aws.AwsException">ValidationException; InvalidParameterValueException.</exception>
    internal static EventInvokeSettings Read(RequestMembers request)
    {
        var attempts = request.Integer("MaximumRetryAttempts");
        var age = request.Integer("MaximumEventAgeInSeconds");
        var constraints = new Constraints();
        constraints.Range("maximumRetryAttempts", attempts, 0, 2);
        constraints.Range("maximumEventAgeInSeconds", age, 60, 21_600);
        constraints.ThrowIfAny();
        if (request.Says("DestinationConfig"))
        {
            throw LambdaFault.NotBuilt("DestinationConfig");
        }

        return attempts is null && age is null && !request.Has("DestinationConfig")
            ? throw LambdaFault.Invalid("You must specify at least one of error handling or destination setting.")
            : new EventInvokeSettings((int?)attempts, (int?)age);
    }

    /// <summary>The settings as stored: whole, or with what was said before where these say nothing.</summary>
    internal EventInvokeConfig Over(EventInvokeConfig? before, DateTimeOffset now) => new()
    {
        MaximumRetryAttempts = RetryAttemptsMax ?? before?.MaximumRetryAttempts,
        MaximumEventAgeSeconds = EventAgeSecondsMax ?? before?.MaximumEventAgeSeconds,
        LastModified = now,
    };
}
