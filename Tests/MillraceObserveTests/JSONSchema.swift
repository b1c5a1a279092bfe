import Foundation

/// As much of JSON Schema as the schema of traces uses. A keyword that it does not know is a complaint, so that no rule goes unheeded.
struct JSONSchema {
  private let root: [String: Any]

  init(_ data: Data) throws {
    root = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// What is wrong with a document, with its place.
  func complaints(_ document: Any) -> [String] { check(document, root, "$") }

  private func check(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
    schema.sorted { $0.key < $1.key }.flatMap { keyword, rule -> [String] in
      switch keyword {
      case "$schema", "$defs", "title": return []
      case "$ref":
        let name = (rule as! String).replacingOccurrences(of: "#/$defs/", with: "")
        guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
          return ["\(place): the schema has no \(rule)"]
        }
        return check(value, target, place)
      case "oneOf":
        let all = (rule as! [[String: Any]]).map { check(value, $0, place) }
        let fitting = all.filter(\.isEmpty).count
        return fitting == 1 ? [] : ["\(place): fits \(fitting) of \(all.count) shapes"]
      case "type":
        return Self.has(value, rule as! String) ? [] : ["\(place): is no \(rule)"]
      case "const":
        return (value as! NSObject).isEqual(rule) ? [] : ["\(place): is not \(rule)"]
      case "enum":
        return (rule as! [Any]).contains { (value as! NSObject).isEqual($0) } ? [] : ["\(place): is none of \(rule)"]
      case "minimum":
        guard let number = value as? NSNumber else { return [] }
        return number.doubleValue >= (rule as! NSNumber).doubleValue ? [] : ["\(place): is below \(rule)"]
      case "minLength":
        guard let text = value as? String else { return [] }
        return text.count >= (rule as! NSNumber).intValue ? [] : ["\(place): is shorter than \(rule)"]
      case "pattern":
        guard let text = value as? String else { return [] }
        return text.range(of: rule as! String, options: .regularExpression) != nil ? [] : ["\(place): is not \(rule)"]
      case "minItems":
        guard let array = value as? [Any] else { return [] }
        return array.count >= (rule as! NSNumber).intValue ? [] : ["\(place): has fewer than \(rule) elements"]
      case "items":
        return (value as? [Any] ?? []).enumerated().flatMap {
          check($1, rule as! [String: Any], "\(place)[\($0)]")
        }
      case "required":
        guard let object = value as? [String: Any] else { return [] }
        return (rule as! [String]).filter { object[$0] == nil }.map { "\(place): lacks \($0)" }
      case "properties":
        guard let object = value as? [String: Any] else { return [] }
        return (rule as! [String: [String: Any]]).flatMap { name, part in
          object[name].map { check($0, part, "\(place).\(name)") } ?? []
        }
      case "additionalProperties":
        guard let object = value as? [String: Any], rule as? Bool == false else { return [] }
        let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
        return Set(object.keys).subtracting(known).sorted().map { "\(place): has \($0) besides" }
      default: return ["\(place): the schema says \(keyword), which is not understood"]
      }
    }
  }

  private static func has(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "number": value is NSNumber
    case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    default: false
    }
  }
}
