using BenchmarkDotNet.Running;
using Storage.Bench;
using Storage.Bench.Capacity;
using Storage.Bench.Crash;
using Storage.Bench.Embedded;
using Storage.Bench.Faults;
using Storage.Bench.Functions;
using Storage.Bench.Server;

try
{
    return args is [var command, .. var rest]
        ? command switch
        {
            "server" => await ServerBench.RunAsync(new Arguments(rest)),
            "functions" => await FunctionBench.RunAsync(new Arguments(rest)),
            "engine" => await EngineBench.RunAsync(new Arguments(rest)),
            "log" => await LogRate.RunAsync(new Arguments(rest)),
            "open" => await OpenBench.RunAsync(new Arguments(rest)),
            "open-once" => await OpenBench.OpenOnceAsync(new Arguments(rest)),
            "amplification" => await AmplificationBench.RunAsync(new Arguments(rest)),
            "memory" => await MemoryBench.RunAsync(new Arguments(rest)),
            "stall" => await StallBench.RunAsync(new Arguments(rest)),
            "expiry" => await ExpiryBench.RunAsync(new Arguments(rest)),
            "echo" => await EchoServer.RunAsync(new Arguments(rest)),
            "crash" => await CrashCampaign.RunAsync(new Arguments(rest)),
            "kill" => await KillBench.RunAsync(new Arguments(rest)),
            "corrupt" => await CorruptBench.RunAsync(new Arguments(rest)),
            "micro" => Micro(rest),
            _ => Usage(),
        }
        : Usage();
}
catch (InvalidOperationException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

static int Micro(string[] arguments)
{
    BenchmarkSwitcher.FromAssembly(typeof(Arguments).Assembly).Run(arguments);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine(
        """
        dotnet run -c Release --project bench -- COMMAND
          server [--seconds 4] [--connections 64] [--data DIR] [--only NAME] [--save]
                                       closed loop over HTTP beside a bare echo; needs wrk.
                                       --only echo shows the ceiling alone, --in-memory leaves the disk out
          functions [--calls 3000] [--only python|node] [--in-memory] [--data DIR] [--save]
                                       warm calls over HTTP of a function that does nothing, beside the bare function
          engine [--seconds 3] [--items 200000] [--data DIR] [--only NAME] [--save]
                                       closed loop in process, in memory and on disk
          log [--seconds 3] [--data DIR] [--save]
                                       durable appends with 1 to 256 in flight, beside the bare disk
          open [--items 5000000] [--opens 5] [--memory 4GB] [--data DIR] [--save]
                                       opening a store with a full tail of log in a fresh process
          amplification [--gigabytes 10] [--items 10000000] [--memory 4GB] [--data DIR] [--save]
                                       bytes written for each byte put, by kind of file
          memory [--memory 128MB] [--reads 200000] [--data DIR] [--save]
                                       a table four times the memory, every answer checked
          stall [--seconds 20] [--items 500000] [--memory 64MB] [--data DIR] [--save]
                                       the slowest puts while checkpoints run, and while none does
          expiry [--items 1000000] [--expiring 10000] [--memory 4GB] [--data DIR] [--save]
                                       removing what has expired from a tenth of the items, and from all
          crash [--seeds 1..100] [--resume FILE] [--images MAX] [--workers N] [--artifacts DIR]
                                       lives of simulated stores, crashed at every input and output; goes on where
                                       FILE says it was left. --replay DIR opens a kept image again
          kill [--loops 1000] [--seed 1] [--memory 16MB] [--data DIR] [--save]
                                       kill -9 of a server under load, again and again; 0 violations are allowed
          corrupt [--seeds 0..1000000] [--resume FILE] [--save]
                                       one fault in one file of a stopped store; FILE keeps how far it got
          micro [ARGUMENTS]            BenchmarkDotNet, for example: micro --filter *SortedMemory*
          echo [--port 0]              the bare echo alone
        """);
    return 1;
}
