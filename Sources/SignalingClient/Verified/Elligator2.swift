/// The map of RFC 9380 from 32 bytes to the `u` of a point of curve25519.
func elligator2(_ bytes: [UInt8]) -> [UInt8] {
    // The curve's A.
    let coefficient = FieldElement(small: 486_662)
    let r = FieldElement(bytes)
    let square = r * r
    let v = -(coefficient * (FieldElement.one + square + square).inverse)
    // 1 where v is on the curve, −1 where it is on the twist: then −v − A is on the curve.
    let side = (v * (v * (v + coefficient) + .one)).legendre
    let half = FieldElement(small: 2).inverse
    return (side * v - (.one - side) * coefficient * half).bytes
}
