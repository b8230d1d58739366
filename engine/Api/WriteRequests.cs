namespace Storage.Engine.Api;

/// <summary>Write requests to be used again.</summary>
internal sealed class WriteRequests
{
    private readonly ScopePool<WriteRequest> pool = new(static () => new WriteRequest());

    internal WriteRequest Rent() => pool.Rent();

    /// <summary>Ends what was bound to the request, too.</summary>
    internal void Return(WriteRequest request)
    {
        var keep = request.IsSmall;
        request.Clear();
        if (!keep || !pool.TryReturn(request))
        {
            request.Dispose();
        }
    }
}
