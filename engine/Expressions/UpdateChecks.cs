using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>Operand types of a bound update, as far as the placeholders' values show them without an item.</summary>
internal static class UpdateChecks
{
    /// <exception cref="DynamoDbException">A check failed.</exception>
    internal static void Check(Bindings bindings, UpdateExpression update)
    {
        foreach (var node in update.Nodes)
        {
            if (node.Kind is NodeKind.Plus or NodeKind.Minus)
            {
                CheckOperands(bindings, update.Nodes, node, AttributeType.N);
            }
            else if (node.Kind == NodeKind.ListAppend)
            {
                CheckOperands(bindings, update.Nodes, node, AttributeType.L);
            }
        }

        foreach (var action in update.Actions)
        {
            if (action.Verb is UpdateVerb.Add or UpdateVerb.Delete)
            {
                CheckSetOperand(action.Verb, new ValueView(bindings.Value(update.Nodes[action.Operand].First)));
            }
        }
    }

    private static void CheckOperands(
        Bindings bindings, ExpressionNode[] nodes, ExpressionNode node, AttributeType wanted)
    {
        for (var i = node.First; i >= 0; i = nodes[i].Next)
        {
            var type = nodes[i].Kind switch
            {
                NodeKind.Value => new ValueView(bindings.Value(nodes[i].First)).Type,
                NodeKind.ListAppend => AttributeType.L,
                NodeKind.Plus or NodeKind.Minus => AttributeType.N,
                _ => wanted,
            };
            if (type != wanted)
            {
                throw ExpressionError.OperandType(bindings.Expression.Kind, node.Kind, type);
            }
        }
    }

    /// <summary>ADD takes a number or a set, DELETE a set.</summary>
    private static void CheckSetOperand(UpdateVerb verb, ValueView operand)
    {
        if (!operand.Tag.IsSet() && !(verb == UpdateVerb.Add && operand.Tag == ValueTag.Number))
        {
            throw ExpressionError.Invalid(
                ExpressionKind.UpdateExpression,
                $"Incorrect operand type for operator or function; operator: {verb.Text()}, operand type: "
                    + $"{TypeName(operand.Type)}, typeSet: ALLOWED_FOR_{verb.Text()}_OPERAND");
        }
    }

    /// <summary>The long type names that only this text of AWS's uses.</summary>
    private static string TypeName(AttributeType type) => type switch
    {
        AttributeType.S => "STRING",
        AttributeType.N => "NUMBER",
        AttributeType.B => "BINARY",
        AttributeType.M => "MAP",
        AttributeType.L => "LIST",
        AttributeType.BOOL => "BOOLEAN",
        AttributeType.NULL => "NULL",
        _ => type.ToString(),
    };
}
