using Storage.Server.Options;

namespace Storage.Server.Commands;

/// <summary>What --help prints.</summary>
internal static class Help
{
    internal static void Write(TextWriter output)
    {
        output.WriteLine("""
            Storage: a DynamoDB-compatible store.

            Usage, with 'dotnet run -c Release --project server --' before it:
              [options]                                  serve until SIGTERM or Ctrl-C
              import FILE --table NAME [options]         load DynamoDB JSON lines, plain or .gz
              export --table NAME [options] FILE         write them back, gzipped when FILE ends in .gz
              verify [--data DIR]                        check every file of a store that nobody has open
              stats [--data DIR]                         what a store that nobody has open holds and takes
              repair [--data DIR] --to DIR               save what can be saved of a damaged store into a new one

            Options of the server:
            """);
        Write(output, ServerOptions.Flags);
        output.WriteLine();
        output.WriteLine("Options of import:");
        Write(output, Import.Flags);
        output.WriteLine();
        output.WriteLine("Options of export:");
        Write(output, Export.Flags);
        output.WriteLine();
        output.WriteLine("Options of repair:");
        Write(output, Repair.Flags);
        output.WriteLine();
        output.WriteLine("""
            An option that is not given is taken from the environment (STORAGE_PORT, STORAGE_IN_MEMORY) and then from
            appsettings.json in the current directory ("Storage": { "Port": 8000 }).
            """);
    }

    private static void Write(TextWriter output, IReadOnlyList<Flag> flags)
    {
        foreach (var flag in flags)
        {
            output.WriteLine($"  {$"--{flag.Name} {flag.Value}",-34} {flag.Help}");
        }
    }
}
