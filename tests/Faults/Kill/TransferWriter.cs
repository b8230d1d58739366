using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Storage.Faults.Kill;

/// <summary>
/// Moves money between accounts that all writers share, by transactions over two tables. Each also counts in a ledger
/// that is this writer's alone: how many transfers, and what each account gained by them. So half a transaction shows as
/// accounts that differ from the sum of the ledgers, a lost or repeated one as a ledger that differs from what was answered.
/// </summary>
internal sealed class TransferWriter(int number)
{
    internal const string Accounts = "Accounts";
    internal const string Ledgers = "Ledgers";
    internal const int AccountCount = 8;
    internal const int StartBalance = 1000;

    private readonly long[] gains = new long[AccountCount];
    private long transfers;
    private Transfer? inFlight;
    private Transfer? lastWithToken;
    private int tokens;

    /// <summary>Transactions that were answered.</summary>
    internal long Acknowledged { get; private set; }

    /// <summary>Transactions whose outcome nobody was told.</summary>
    internal long InDoubt { get; private set; }

    /// <summary>Transactions sent again with their token after a restart.</summary>
    internal long Replayed { get; private set; }

    private string Name => "ledger-" + number.ToString(CultureInfo.InvariantCulture);

    internal static IEnumerable<(string Operation, string Body)> Setup()
    {
        foreach (var table in new[] { Accounts, Ledgers })
        {
            yield return ("CreateTable", $$$$"""
                {"TableName":"{{{{table}}}}","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"P","KeyType":"HASH"}],
                 "AttributeDefinitions":[{"AttributeName":"P","AttributeType":"S"}]}
                """);
        }

        for (var account = 0; account < AccountCount; account++)
        {
            yield return ("PutItem", $$$$"""
                {"TableName":"{{{{Accounts}}}}","Item":{"P":{"S":"{{{{AccountName(account)}}}}"},"N":{"N":"{{{{StartBalance}}}}"}}}
                """);
        }
    }

    /// <summary>Compares every account with the sum of all ledgers.</summary>
    /// <exception cref="ViolationException">Money appeared or vanished.</exception>
    internal static void CheckAccounts(IReadOnlyList<JsonElement> accounts, IReadOnlyList<JsonElement> ledgers)
    {
        if (accounts.Count != AccountCount || accounts.Sum(account => account.Number("N")) != AccountCount * StartBalance)
        {
            throw new ViolationException(
                $"{accounts.Count} accounts hold {accounts.Sum(account => account.Number("N"))} instead of {AccountCount * StartBalance}.");
        }

        foreach (var account in accounts)
        {
            var name = account.Text("P");
            var gained = ledgers.Sum(ledger => ledger.NumberOrZero(name));
            if (account.Number("N") != StartBalance + gained)
            {
                throw new ViolationException(
                    $"{name} holds {account.Number("N")}, and by the ledgers it holds {StartBalance + gained}: half a transaction.");
            }
        }
    }

    /// <summary>Transfers until the server is gone.</summary>
    internal async Task RunAsync(DynamoDbCalls server, Random random)
    {
        while (await StepAsync(server, random))
        {
        }
    }

    /// <summary>Compares the ledger with what was answered, and learns what became of the transfer in flight.</summary>
    /// <returns>True when the transfer in flight was committed.</returns>
    /// <exception cref="ViolationException">A transfer is lost, repeated, or was refused and is there.</exception>
    internal bool Check(IReadOnlyList<JsonElement> ledgers)
    {
        var ledger = ledgers.FirstOrDefault(item => item.Text("P") == Name);
        var counted = ledger.ValueKind == JsonValueKind.Undefined ? 0 : ledger.Number("Transfers");
        var committed = inFlight is not null && counted == transfers + 1;
        if (committed)
        {
            Count(inFlight!);
        }

        inFlight = null;
        if (counted != transfers)
        {
            throw new ViolationException($"{Name} counts {counted} transfers; {transfers} were answered.");
        }

        for (var account = 0; account < AccountCount && counted > 0; account++)
        {
            if (ledger.NumberOrZero(AccountName(account)) != gains[account])
            {
                throw new ViolationException($"{Name} does not hold what was answered for {AccountName(account)}.");
            }
        }

        return committed;
    }

    /// <summary>
    /// After a restart: checks the ledger, then sends the last transfer that had a token again. It is applied now if it
    /// was not before, and never twice; the next check shows it.
    /// </summary>
    internal async Task ReplayAsync(DynamoDbCalls server, IReadOnlyList<JsonElement> ledgers)
    {
        var open = inFlight;
        var committed = Check(ledgers);
        if (lastWithToken is not { } transfer)
        {
            return;
        }

        var applied = transfer != open || committed;
        for (var again = 0; again < 2; again++)
        {
            var answer = await server.TrySendAsync("TransactWriteItems", transfer.Body)
                ?? throw new ViolationException("The server went away during a replay.");
            Replayed++;
            if (answer.Status == 200)
            {
                if (!applied)
                {
                    Count(transfer);
                    applied = true;
                }
            }
            else if (applied || !answer.Refused("TransactionCanceledException"))
            {
                throw new ViolationException(
                    $"{transfer.Body}\nwas committed and, sent again with its token, is answered {answer.Status}: {answer.Text}");
            }
            else
            {
                lastWithToken = null;
                return;
            }
        }
    }

    private static string AccountName(int account) => "account-" + account.ToString(CultureInfo.InvariantCulture);

    private async Task<bool> StepAsync(DynamoDbCalls server, Random random)
    {
        var transfer = Make(random);
        inFlight = transfer;
        lastWithToken = transfer.HasToken ? transfer : lastWithToken;
        if (await server.TrySendAsync("TransactWriteItems", transfer.Body) is not { } answer)
        {
            InDoubt++;
            return false;
        }

        inFlight = null;
        if (answer.Status == 200)
        {
            Count(transfer);
            Acknowledged++;
        }
        else if (!answer.Refused("TransactionCanceledException"))
        {
            throw new ViolationException($"A transfer was answered {answer.Status}: {answer.Text}");
        }
        else if (transfer.HasToken)
        {
            // A refused transaction keeps no token: sent again, it would be a new one.
            lastWithToken = null;
        }

        return true;
    }

    private void Count(Transfer transfer)
    {
        transfers++;
        gains[transfer.From] -= transfer.Amount;
        gains[transfer.To] += transfer.Amount;
    }

    private Transfer Make(Random random)
    {
        var from = random.Next(AccountCount);
        var to = (from + 1 + random.Next(AccountCount - 1)) % AccountCount;
        var amount = random.Next(1, 300);
        var hasToken = random.Next(2) == 0;

        // Half of them would be caught by their condition if they were repeated; the others would count twice.
        var condition = random.Next(2) == 0 ? "" : transfers == 0
            ? ""","ConditionExpression":"attribute_not_exists(P)" """
            : ""","ConditionExpression":"Transfers = :was" """;
        var was = condition.Contains(":was", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $",\":was\":{{\"N\":\"{transfers}\"}}")
            : "";
        var body = new StringBuilder();
        body.Append(
            CultureInfo.InvariantCulture,
            $$$$"""
            {"TransactItems":[
             {"Update":{"TableName":"{{{{Accounts}}}}","Key":{"P":{"S":"{{{{AccountName(from)}}}}"}},"UpdateExpression":"SET N = N - :n",
              "ConditionExpression":"N >= :n","ExpressionAttributeValues":{":n":{"N":"{{{{amount}}}}"} } } },
             {"Update":{"TableName":"{{{{Accounts}}}}","Key":{"P":{"S":"{{{{AccountName(to)}}}}"}},"UpdateExpression":"SET N = N + :n",
              "ExpressionAttributeValues":{":n":{"N":"{{{{amount}}}}"} } } },
             {"Update":{"TableName":"{{{{Ledgers}}}}","Key":{"P":{"S":"{{{{Name}}}}"}},
              "UpdateExpression":"ADD Transfers :one, #from :minus, #to :n"{{{{condition}}}},
              "ExpressionAttributeNames":{"#from":"{{{{AccountName(from)}}}}","#to":"{{{{AccountName(to)}}}}"},
              "ExpressionAttributeValues":{":one":{"N":"1"},":n":{"N":"{{{{amount}}}}"},":minus":{"N":"{{{{-amount}}}}"}{{{{was}}}} } } } ]
            """);
        body.Append(hasToken
            ? string.Create(CultureInfo.InvariantCulture, $",\"ClientRequestToken\":\"{Name}-{tokens++}-{random.Next():x8}\"}}")
            : "}");
        return new Transfer(from, to, amount, hasToken, body.ToString());
    }

    private sealed record Transfer(int From, int To, long Amount, bool HasToken, string Body);
}
