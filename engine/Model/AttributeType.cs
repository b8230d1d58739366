namespace Storage.Engine.Model;

/// <summary>The ten types of an attribute value, by AWS's names.</summary>
public enum AttributeType
{
    /// <summary>String, UTF-8.</summary>
    S,

    /// <summary>Number, 38 significant digits.</summary>
    N,

    /// <summary>Binary.</summary>
    B,

    /// <summary>String set.</summary>
    SS,

    /// <summary>Number set.</summary>
    NS,

    /// <summary>Binary set.</summary>
    BS,

    /// <summary>Map.</summary>
    M,

    /// <summary>List.</summary>
    L,

    /// <summary>Boolean.</summary>
    BOOL,

    /// <summary>Null.</summary>
    NULL,
}
