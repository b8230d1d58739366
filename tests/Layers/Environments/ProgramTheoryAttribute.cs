using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>A theory that needs a program of this machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramTheoryAttribute : TheoryAttribute
{
    public ProgramTheoryAttribute(string program, params string[] arguments)
    {
        Program = program;
        Skip = new ProgramFactAttribute(program, arguments).Skip;
    }

    /// <summary>The program needed.</summary>
    public string Program { get; }
}
