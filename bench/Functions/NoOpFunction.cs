using System.IO.Compression;
using System.Text;

namespace Storage.Bench.Functions;

/// <summary>A function that does nothing, and a program that calls it in a loop over pipes: one JSON text a line.</summary>
/// <param name="Runtime">The runtime it is created with.</param>
/// <param name="Interpreter">The program that runs the loop.</param>
/// <param name="File">The handler's file.</param>
/// <param name="Code">The handler.</param>
/// <param name="Loop">The loop.</param>
internal sealed record NoOpFunction(string Runtime, string Interpreter, string File, string Code, string Loop)
{
    internal const string Handler = "function.handler";

    internal static IReadOnlyList<NoOpFunction> All { get; } =
    [
        new(
            "python3.14",
            "python3",
            "function.py",
            """
            def handler(event, context):
                return {"ok": True}

            """,
            """
            import json, sys
            from function import handler

            for line in sys.stdin.buffer:
                sys.stdout.buffer.write(json.dumps(handler(json.loads(line), None)).encode() + b"\n")
                sys.stdout.buffer.flush()

            """),
        new(
            "nodejs22.x",
            "node",
            "function.js",
            """
            exports.handler = async () => ({ ok: true });

            """,
            """
            const { handler } = require('./function.js');
            let rest = '';
            process.stdin.on('data', async (chunk) => {
              rest += chunk;
              for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
                const line = rest.slice(0, end);
                rest = rest.slice(end + 1);
                process.stdout.write(JSON.stringify(await handler(JSON.parse(line), {})) + '\n');
              }
            });

            """),
    ];

    /// <summary>The code package.</summary>
    internal byte[] ToZip()
    {
        using var content = new MemoryStream();
        using (var archive = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry(File).Open();
            entry.Write(Encoding.UTF8.GetBytes(Code));
        }

        return content.ToArray();
    }
}
