using System.Text;

namespace Storage.Bench.Server;

/// <summary>
/// Writes the Lua that wrk runs. All requests are made before the clock starts and sent in turn, so that the generator
/// spends its core on sockets.
/// </summary>
internal static class WrkScript
{
    internal const string ResultMark = "RESULT";

    private const string Head =
        """
        local requests, at = {}, 0
        request = function()
          at = at + 1
          if at > #requests then at = 1 end
          return requests[at]
        end
        done = function(summary, latency)
          local e = summary.errors
          io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
            latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
        end
        local bodies = {
        """;

    /// <summary>Writes a script that sends these bodies to one operation.</summary>
    internal static void Write(string file, string operation, IEnumerable<string> bodies)
    {
        var script = new StringBuilder(Head).AppendLine();
        foreach (var body in bodies)
        {
            script.Append("[==[").Append(body).AppendLine("]==],");
        }

        script.AppendLine("}").AppendLine("local headers = {}");
        foreach (var (name, value) in DynamoDbRequest.Headers(operation))
        {
            script.AppendLine($"headers[\"{name}\"] = \"{value}\"");
        }

        script.AppendLine(
            """
            init = function()
              for i, body in ipairs(bodies) do requests[i] = wrk.format("POST", "/", headers, body) end
            end
            """);
        File.WriteAllText(file, script.ToString());
    }
}
