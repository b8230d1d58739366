namespace Storage.Engine.Files;

internal sealed class DirectoryLock : IDisposable
{
    internal static DirectoryLock Take(string directory, TimeProvider time) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
