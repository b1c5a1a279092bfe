// expected-error: binary operator '==' cannot be applied to two 'Secret' operands
import MillraceWorkflow

func isSame(_ a: Secret, _ b: Secret) -> Bool { a == b }
