using Storage.Server;
using Storage.Server.Commands;
using Storage.Server.Options;

try
{
    return args.FirstOrDefault() switch
    {
        "import" => await Import.RunAsync(Parse(args[1..], Import.Flags), Console.Out, Console.Error),
        "export" => await Export.RunAsync(Parse(args[1..], Export.Flags), Console.Out, Console.Error),
        "verify" => await Verify.RunAsync(Parse(args[1..], Verify.Flags), Console.Out, Console.Error),
        "repair" => await Repair.RunAsync(Parse(args[1..], Repair.Flags), Console.Out, Console.Error),
        "stats" => await Stats.RunAsync(Parse(args[1..], Stats.Flags), Console.Out, Console.Error),
        _ => await ServeAsync(Parse(args, ServerOptions.Flags)),
    };
}
catch (UsageException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return ExitCode.Usage;
}

static CommandLine Parse(string[] args, IReadOnlyList<Flag> flags) =>
    CommandLine.Parse(args, flags, Environment.GetEnvironmentVariable, CommandLine.ReadSettings());

static async Task<int> ServeAsync(CommandLine line)
{
    if (line.WantsHelp)
    {
        Help.Write(Console.Out);
        return ExitCode.Success;
    }

    return await Serve.RunAsync(ServerOptions.From(line), Console.Out, Console.Error);
}
