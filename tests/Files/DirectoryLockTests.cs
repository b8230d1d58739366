using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine.Files;
using Xunit;

namespace Storage.Tests.Files;

/// <summary>"A second process opening the same directory gets a clear error naming the holder."</summary>
public sealed class DirectoryLockTests : IDisposable
{
    private readonly string directory = Path.Combine(Path.GetTempPath(), "storage-lock-" + Guid.NewGuid().ToString("N"));
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void A_second_opener_is_refused_and_told_who_holds_the_store()
    {
        using var held = DirectoryLock.Take(directory, time);
        var refusal = Assert.Throws<IOException>(() => DirectoryLock.Take(directory, time));
        Assert.Equal(
            $"The store in {directory} is open in process {Environment.ProcessId} ({AppDomain.CurrentDomain.FriendlyName}) since "
            + "2026-11-23T10:00:00Z; close it or use another directory.",
            refusal.Message);
    }

    [Fact]
    public void A_closed_store_can_be_opened_again()
    {
        for (var i = 0; i < 3; i++)
        {
            using var held = DirectoryLock.Take(directory, time);
            Assert.Throws<IOException>(() => DirectoryLock.Take(directory, time));
        }
    }

    [Fact]
    public async Task Another_process_can_read_who_holds_the_store()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var held = DirectoryLock.Take(directory, time);
        using var reader = Process.Start(new ProcessStartInfo("cat", [Path.Combine(directory, DirectoryLock.FileName)])
        {
            RedirectStandardOutput = true,
        })!;
        var text = await reader.StandardOutput.ReadToEndAsync();
        await reader.WaitForExitAsync();
        Assert.Contains("pid " + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n", text, StringComparison.Ordinal);
        Assert.Contains("machine " + Environment.MachineName + "\n", text, StringComparison.Ordinal);
    }

    /// <summary>What a killed holder left behind is text without a lock.</summary>
    [Fact]
    public void A_holder_that_is_gone_holds_nothing()
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, DirectoryLock.FileName), "pid 1\nprocess gone\nmachine here\nsince long ago\n" + new string('x', 500));
        using var held = DirectoryLock.Take(directory, time);
        var refusal = Assert.Throws<IOException>(() => DirectoryLock.Take(directory, time));
        Assert.DoesNotContain("gone", refusal.Message, StringComparison.Ordinal);
    }
}
