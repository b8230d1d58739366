using Storage.Engine;
using Storage.Server.Aws;

namespace Storage.Server.Identity;

/// <summary>IAM: roles and their policies in the table <c>$iam</c>, stored as they come; nothing is enforced yet.</summary>
internal sealed class IamService
{
    private readonly RoleTable table;

    internal IamService(Store store, TimeProvider time)
    {
        table = new RoleTable(store);
        var roles = new RoleOperations(table, time);
        var policies = new RolePolicyOperations(table);
        Service = new QueryService("iam", "https://iam.amazonaws.com/doc/2010-05-08/", new Dictionary<string, QueryOperation>
        {
            ["CreateRole"] = roles.CreateAsync,
            ["GetRole"] = roles.GetAsync,
            ["ListRoles"] = roles.ListAsync,
            ["DeleteRole"] = roles.DeleteAsync,
            ["AttachRolePolicy"] = policies.AttachAsync,
            ["DetachRolePolicy"] = policies.DetachAsync,
            ["ListAttachedRolePolicies"] = policies.ListAttachedAsync,
            ["PutRolePolicy"] = policies.PutAsync,
            ["GetRolePolicy"] = policies.GetAsync,
            ["DeleteRolePolicy"] = policies.DeleteAsync,
            ["ListRolePolicies"] = policies.ListAsync,
        });
    }

    /// <summary>The service for the router.</summary>
    internal QueryService Service { get; }

    /// <summary>Makes the table.</summary>
    internal Task StartAsync(CancellationToken cancellation) => table.EnsureAsync(cancellation).AsTask();
}
