using Storage.Simulation.Device;

namespace Storage.Simulation.Images;

/// <summary>
/// A device after the first events of a trace: what is certain to be on it and what may be. Follows a trace event by
/// event and makes the directories that a crash at that point may leave.
/// <para>Rules: what a sync covered is there; of the rest any sectors of 512 bytes, old or new, in any order; lengths
/// apart from contents; changes of names since the last sync of the directory in any selection, a rename whole.</para>
/// </summary>
internal sealed class DeviceState
{
    /// <summary>Index of what was in doubt before a trace began.</summary>
    internal const int BeforeTrace = -1;

    private readonly Dictionary<int, DeviceFile> files = [];
    private DeviceNames names = new();

    /// <summary>Events followed so far.</summary>
    internal int Index { get; private set; }

    /// <summary>False when every crash now leaves the same.</summary>
    internal bool HasPending => names.HasPending || files.Values.Any(file => file.HasPending);

    /// <summary>The same state, to be followed apart; the trace to come is another one and begins at 0.</summary>
    internal DeviceState Clone()
    {
        var copy = new DeviceState { names = names.Clone() };
        foreach (var (number, file) in files)
        {
            copy.files[number] = file.Clone();
        }

        return copy;
    }

    /// <summary>The state of a device that holds these files and nothing in doubt.</summary>
    internal static DeviceState Of(SimulatedFiles image)
    {
        var state = new DeviceState();
        foreach (var (name, content) in image.Contents)
        {
            state.names.Place(name, content.Number);
            state.files[content.Number] = DeviceFile.Durable(content.Number, content.Bytes.ToArray());
        }

        return state;
    }

    internal void Follow(in TraceEvent happened)
    {
        var index = Index++;
        switch (happened.Kind)
        {
            case TraceKind.Create:
                files[happened.File] = new DeviceFile(happened.File);
                names.Add(index, null, happened.Name, happened.File);
                break;
            case TraceKind.Write:
                files[happened.File].Write(index, happened.Offset, happened.Bytes!);
                break;
            case TraceKind.SetLength:
                files[happened.File].SetLength(index, happened.Offset);
                break;
            case TraceKind.Sync:
                files[happened.File].Sync(happened.Since);
                break;
            case TraceKind.FailedSync:
                files[happened.File].FailSync(happened.Since);
                break;
            case TraceKind.Rename:
                names.Add(index, happened.Name, happened.To, happened.File);
                break;
            case TraceKind.Delete:
                names.Add(index, happened.Name, null, happened.File);
                break;
            default:
                names.Sync(happened.Since);
                break;
        }
    }

    /// <summary>Makes one image. The fingerprint is equal only for equal images.</summary>
    internal SimulatedFiles Image(CrashVariant variant, FileTrace? trace, out ulong fingerprint)
    {
        var image = new SimulatedFiles(trace);
        var cut = Cut(variant);
        fingerprint = 0;
        foreach (var (name, number) in names.Image(variant, cut))
        {
            image.Place(name, files[number].Image(variant, cut, out var hash));
            foreach (var character in name)
            {
                hash = Chance.Mix(hash, character);
            }

            fingerprint += hash;
        }

        return image;
    }

    /// <summary>For the kinds that keep an order of all files: the event at which it ends or begins.</summary>
    private int Cut(CrashVariant variant)
    {
        if (variant.Kind is not (CrashKind.InOrder or CrashKind.LaterOnly))
        {
            return 0;
        }

        var all = files.Values.SelectMany(file => file.Pending).Concat(names.Pending).Distinct().Order().ToArray();
        return all.Length == 0 ? 0 : all[Chance.Below(all.Length, variant.Seed, 7, 7)];
    }
}
