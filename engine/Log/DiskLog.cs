using Storage.Engine.Files;

namespace Storage.Engine.Log;

internal static class DiskLog
{
    internal static StoreLog Open(IStoreFiles files, LogOptions options, IRecordSink sink) => throw new NotImplementedException();
}
