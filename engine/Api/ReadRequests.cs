namespace Storage.Engine.Api;

/// <summary>Read requests to be used again.</summary>
internal sealed class ReadRequests
{
    private readonly ScopePool<ReadRequest> pool = new(static () => new ReadRequest());

    internal ReadRequest Rent() => pool.Rent();

    /// <summary>Ends what was bound to the request, too.</summary>
    internal void Return(ReadRequest request)
    {
        var keep = request.IsSmall;
        request.Clear();
        if (!keep || !pool.TryReturn(request))
        {
            request.Dispose();
        }
    }
}
