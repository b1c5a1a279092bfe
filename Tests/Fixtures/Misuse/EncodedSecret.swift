// expected-error: type 'Login' does not conform to protocol 'Encodable'
import MillraceWorkflow

struct Login: Codable {
  var user: String
  var password: Secret
}
