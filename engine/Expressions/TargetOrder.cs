namespace Storage.Engine.Expressions;

/// <summary>
/// Orders the target paths of an update or projection, so that one walk over an item meets them in the order of its
/// members, and refuses paths that overlap. In this order a path that begins another one lies directly before it or
/// before one that it begins too, so neighbours tell everything.
/// </summary>
internal static class TargetOrder
{
    private const int InsertionSortMax = 32;

    /// <exception cref="Model.DynamoDbException">Two paths overlap or conflict.</exception>
    internal static void Establish(Bindings bindings)
    {
        var order = bindings.Order;
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Sort(bindings, order);
        for (var i = 1; i < order.Length; i++)
        {
            CheckNeighbours(bindings, Math.Min(order[i - 1], order[i]), Math.Max(order[i - 1], order[i]));
        }
    }

    private static void Sort(Bindings bindings, Span<int> order)
    {
        var targets = bindings.Expression.Targets;
        if (order.Length > InsertionSortMax)
        {
            SortMany(bindings, order);
            return;
        }

        for (var i = 1; i < order.Length; i++)
        {
            var target = order[i];
            var j = i - 1;
            for (; j >= 0 && Compare(bindings, targets[order[j]], targets[target]) > 0; j--)
            {
                order[j + 1] = order[j];
            }

            order[j + 1] = target;
        }
    }

    /// <summary>Apart from <see cref="Sort"/>, where its closure would be allocated for few targets too.</summary>
    private static void SortMany(Bindings bindings, Span<int> order)
    {
        var targets = bindings.Expression.Targets;
        order.Sort((left, right) => Compare(bindings, targets[left], targets[right]));
    }

    private static int Compare(Bindings bindings, DocumentPath left, DocumentPath right)
    {
        for (var i = 0; i < left.Count && i < right.Count; i++)
        {
            var byElement = bindings.Compare(bindings.Element(left, i), bindings.Element(right, i));
            if (byElement != 0)
            {
                return byElement;
            }
        }

        return left.Count.CompareTo(right.Count);
    }

    private static void CheckNeighbours(Bindings bindings, int one, int two)
    {
        var kind = bindings.Expression.Kind;
        var left = bindings.Expression.Targets[one];
        var right = bindings.Expression.Targets[two];
        for (var i = 0; i < left.Count && i < right.Count; i++)
        {
            var leftElement = bindings.Element(left, i);
            var rightElement = bindings.Element(right, i);
            if (bindings.Compare(leftElement, rightElement) == 0)
            {
                continue;
            }

            if ((leftElement.Kind == PathElementKind.Index) != (rightElement.Kind == PathElementKind.Index))
            {
                throw ExpressionError.PathsConflict(kind, bindings.Text(left), bindings.Text(right));
            }

            return;
        }

        throw ExpressionError.PathsOverlap(kind, bindings.Text(left), bindings.Text(right));
    }
}
