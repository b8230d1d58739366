using System.Security.Cryptography;
using Storage.Server.Blobs;

namespace Storage.Server.Lambda.Functions;

/// <summary>The code that comes with CreateFunction and UpdateFunctionCode, checked.</summary>
/// <param name="Zip">The package.</param>
/// <param name="Sha256">Base64 of its SHA-256.</param>
internal sealed record CodePackage(byte[] Zip, string Sha256)
{
    private static readonly string[] NotBuilt =
        ["S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri", "SourceKMSKeyArn"];

    /// <exception cref="Aws.AwsException">
    /// InvalidParameterValueException: no zip, or not one that can be unpacked; RequestEntityTooLargeException.
    /// </exception>
    internal static CodePackage Read(RequestMembers code, LambdaOptions options)
    {
        foreach (var name in NotBuilt)
        {
            if (code.Says(name))
            {
                throw LambdaFault.Invalid($"{name} is not built in this server: give the code as ZipFile.");
            }
        }

        var zip = code.Binary("ZipFile") ?? throw LambdaFault.Invalid("Please provide a source for function code.");
        ZipPackage.ThrowIfRefused(zip, options);
        return new CodePackage(zip, Convert.ToBase64String(SHA256.HashData(zip)));
    }

    /// <summary>Stores the zip and names it in a version.</summary>
    internal async ValueTask<FunctionVersion> OverAsync(
        FunctionVersion version, BlobStore blobs, CancellationToken cancellation) => Over(version) with
        {
            CodeBlob = await blobs.PutAsync(Zip, cancellation).ConfigureAwait(false),
        };

    /// <summary>The version with this code; its blob is still that of the code before.</summary>
    internal FunctionVersion Over(FunctionVersion version) => version with { CodeSha256 = Sha256, CodeBytes = Zip.Length };
}
