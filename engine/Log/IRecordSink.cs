namespace Storage.Engine.Log;

/// <summary>Receives the records of a log in LSN order while a store opens.</summary>
internal interface IRecordSink
{
    /// <summary>Applies one record. The record's spans are valid only during the call.</summary>
    void Apply(in LogRecord record);
}
