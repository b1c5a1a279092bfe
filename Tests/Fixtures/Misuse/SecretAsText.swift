// expected-error: cannot convert value of type 'Secret' to expected argument type 'String'
import MillraceWorkflow

func body(_ token: Secret) -> JSONValue { .string(token) }
