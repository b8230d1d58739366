namespace Storage.Engine.Files;

internal static class DiskFiles
{
    internal static IStoreFiles At(string directory) => throw new NotImplementedException();
}
