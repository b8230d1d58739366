using System.Buffers.Binary;
using System.Text;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>Judges the records of a damaged log, lists those that are left out, and hands on the changes of the others.</summary>
internal sealed class RepairLog(VerifyLogFiles log, RepairRule rule, RepairCatalog catalog) : IVerifyLogSink
{
    /// <summary>Takes what is lost; null when it was listed before.</summary>
    internal VerifyFindings? Losses { get; init; }

    /// <summary>Takes the items that applied records put and remove; null for none.</summary>
    internal VerifyEntry? Change { get; init; }

    internal long AppliedCount { get; private set; }

    internal long LeftCount { get; private set; }

    /// <inheritdoc />
    public void Take(in LogRecord record, VerifyLogPlace place)
    {
        try
        {
            switch (rule.Judge(record, place.IsContinuous))
            {
                case RepairVerdict.Applied:
                    AppliedCount++;
                    HandOn(record);
                    break;
                case RepairVerdict.Left:
                    LeftCount++;
                    Losses?.Loss(log.FileAt(place.Address), log.FileOffset(place.Address), Describe(record));
                    break;
            }
        }
        catch (Exception damage) when (damage is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            Losses?.Loss(
                log.FileAt(place.Address),
                log.FileOffset(place.Address),
                $"record {record.Lsn}, whose checksum is right and whose content makes no sense: {damage.Message}");
        }
    }

    private void HandOn(in LogRecord record)
    {
        for (var offset = 0; Change is not null && offset < record.Body.Length;)
        {
            var change = Partitions.Change.Read(record.Body, ref offset);
            if ((change.Flags & ChangeFlags.IndexOnly) == 0)
            {
                Change(change.Key, change.NewImage);
            }
        }
    }

    private string Describe(in LogRecord record)
    {
        var text = new StringBuilder();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"record {record.Lsn} of ")
            .Append(VerifyKeyText.OfTime(record.TimeMicros))
            .Append(", which is whole but builds on lost changes:");
        var count = 0;
        for (var offset = 0; offset < record.Body.Length;)
        {
            var change = Partitions.Change.Read(record.Body, ref offset);
            var id = BinaryPrimitives.ReadUInt32BigEndian(change.Key);
            if ((change.Flags & ChangeFlags.IndexOnly) == 0 && id != SystemTables.TokensId)
            {
                text.Append(count++ > 0 ? "; " : " ")
                    .Append((change.Flags & ChangeFlags.Put) != 0 ? "put " : "removed ")
                    .Append(catalog.Describe(change.Key));
            }
        }

        return text.Append(count == 0 ? " index entries only, made anew from the items." : ".").ToString();
    }
}
