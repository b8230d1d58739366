using Storage.Simulation.Bugs;
using Storage.Simulation.Device;
using Storage.Simulation.Rig;

namespace Storage.Bench.Crash;

internal static class BugHunt
{
    internal static async Task<int> RunAsync(Arguments arguments)
    {
        foreach (var bug in Enum.GetValues<PlantedBug>())
        {
            var settings = new CrashSettings
            {
                ViolationsMax = 1,
                Wrap = inner => new BuggyFiles(inner, bug),
                Faults = bug == PlantedBug.FailedSyncTakenForSuccess ? seed => new FaultPlan().Add(new Fault(DeviceCall.Sync, ".log", 5 + seed)) : null,
            };
            long images = 0;
            var found = "NOT FOUND";
            for (var seed = 1; seed <= arguments.Number("--most", 30, 1000) && found == "NOT FOUND"; seed++)
            {
                var run = new CrashRun(seed, settings);
                await run.RunAsync();
                images += run.Images;
                if (run.Violations.Count > 0)
                {
                    found = run.Violations[0].ToString();
                }
            }

            Console.WriteLine($"{bug}: {images}: {found}");
        }

        return 0;
    }
}
