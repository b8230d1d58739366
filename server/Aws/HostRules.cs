using System.Net;

namespace Storage.Server.Aws;

/// <summary>
/// Which Host headers reach the store. A web page can make a name of its own resolve to 127.0.0.1 (DNS rebinding) and
/// would then be same-origin with this server, but it cannot change the name that its browser sends: so only loopback
/// names and configured ones are served.
/// </summary>
internal sealed class HostRules
{
    private readonly HashSet<string> configured;
    private readonly bool everyAddress;

    // The last name that passed: connections repeat theirs. A benign race; any value here was allowed.
    private string? lastAllowed;

    /// <param name="names">Configured host names, without port.</param>
    /// <param name="everyAddress">
    /// Whether an IP address is enough, for a server bound to all of the machine's: an address cannot be rebound.
    /// </param>
    internal HostRules(IEnumerable<string> names, bool everyAddress)
    {
        configured = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
        this.everyAddress = everyAddress;
    }

    /// <summary>Whether a request with this Host header is served.</summary>
    internal bool Allows(string? host)
    {
        if (string.IsNullOrEmpty(host))
        {
            return false;
        }

        if (string.Equals(host, lastAllowed, StringComparison.Ordinal))
        {
            return true;
        }

        var allowed = AllowsName(WithoutPort(host));
        if (allowed)
        {
            lastAllowed = host;
        }

        return allowed;
    }

    private static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> host)
    {
        if (host[0] == '[')
        {
            var end = host.IndexOf(']');
            return end < 0 ? host : host[1..end];
        }

        var colon = host.LastIndexOf(':');
        return (colon < 0 ? host : host[..colon]).TrimEnd('.');
    }

    private bool AllowsName(ReadOnlySpan<char> name)
    {
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || configured.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name))
        {
            return true;
        }

        return IPAddress.TryParse(name, out var address) && (everyAddress || IPAddress.IsLoopback(address));
    }
}
