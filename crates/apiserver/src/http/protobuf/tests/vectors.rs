//! Bodies as Kubernetes' own Go types write them.

use expect_test::{Expect, expect};

use super::super::decode;

#[track_caller]
fn check(hexadecimal: &str, expected: Expect) {
    let body = hex::decode(hexadecimal).expect("hexadecimal digits");
    expected.assert_eq(&match decode(&body) {
        Ok(object) => object.to_string(),
        Err(error) => error.to_string(),
    });
}

#[test]
fn a_deployment() {
    check(
        "6b3873000a150a07617070732f7631120a4465706c6f796d656e741290020a1f0a0377656212001a0022002a00320038\
         0042005a0a0a03617070120377656212de010800120c0a0a0a0361707012037765621aae010a1c0a0012001a0022002a\
         003200380042005a0a0a036170701203776562128d010a0b0a03746d70120412020a0012620a03776562120a6e67696e\
         783a312e32372a003a090a05454d5054591200420f120d0a0363707512060a043235306d52210a1512130a012f120a08\
         0110001a04687474701a002200100018002000280030006a007200800100880100900100a201001a00320042004a0052\
         005800600068008201008a01009a0100c2010022170a0012130a06080010001a001209080110001a0332352528003800\
         1a0c0800100018002000280038001a002200",
        expect![[
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"app":"web"},"name":"web"},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"web"}},"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":0}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"env":[{"name":"EMPTY"}],"image":"nginx:1.27","livenessProbe":{"httpGet":{"path":"/","port":"http"}},"name":"web","resources":{"requests":{"cpu":"250m"}}}],"volumes":[{"emptyDir":{},"name":"tmp"}]}}},"status":{}}"#
        ]],
    );
}

#[test]
fn a_service() {
    check(
        "6b3873000a0d0a02763112075365727669636512510a130a0377656212001a0022002a0032003800420012360a100a00\
         120018502206080010001a0028000a120a0162120018512207080010913f1a0028001a0022003a00420052005a006000\
         68001a020a001a002200",
        expect![[
            r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"ports":[{"port":80},{"name":"b","port":81,"targetPort":8081}]},"status":{"loadBalancer":{}}}"#
        ]],
    );
}

#[test]
fn a_secret() {
    check(
        "6b3873000a0c0a0276311206536563726574125e0a480a017312001a0022002a003200380042008a01340a016d120655\
         70646174651a00220808a59484d806100032084669656c647356313a0f0a0d7b22663a64617461223a7b7d7d42001207\
         0a0161120200ff12050a016512001a0028001a002200",
        expect![[
            r#"{"apiVersion":"v1","data":{"a":"AP8=","e":""},"immutable":false,"kind":"Secret","metadata":{"managedFields":[{"fieldsType":"FieldsV1","fieldsV1":{"f:data":{}},"manager":"m","operation":"Update","time":"2026-11-21T03:04:05Z"}],"name":"s"}}"#
        ]],
    );
}

#[test]
fn an_event() {
    check(
        "6b3873000a190a106576656e74732e6b38732e696f2f763112054576656e7412530a110a016512001a0022002a003200\
         38004200120a08a59484d80610b88b0422002a0032003a06546573746564420e0a0012001a0022002a0032003a005200\
         5a064e6f726d616c62040a0012006a00720078001a002200",
        expect![[
            r#"{"apiVersion":"events.k8s.io/v1","deprecatedSource":{},"eventTime":"2026-11-21T03:04:05.000067Z","kind":"Event","metadata":{"name":"e"},"reason":"Tested","regarding":{},"type":"Normal"}"#
        ]],
    );
}

#[test]
fn options_of_a_deletion() {
    check(
        "6b3873000a130a027631120d44656c6574654f7074696f6e7312130800220a4261636b67726f756e642a03416c6c1a00\
         2200",
        expect![[
            r#"{"apiVersion":"v1","dryRun":["All"],"gracePeriodSeconds":0,"kind":"DeleteOptions","propagationPolicy":"Background"}"#
        ]],
    );
}

#[test]
fn a_disruption_budget() {
    check(
        "6b3873000a200a09706f6c6963792f76311213506f6444697372757074696f6e427564676574122b0a110a016212001a\
         0022002a00320038004200120a12001a06080010001a001a0a080018002000280030001a002200",
        expect![[
            r#"{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"maxUnavailable":0,"selector":{}},"status":{"currentHealthy":0,"desiredHealthy":0,"disruptionsAllowed":0,"expectedPods":0}}"#
        ]],
    );
}

#[test]
fn a_token_request() {
    check(
        "6b3873000a280a1861757468656e7469636174696f6e2e6b38732e696f2f7631120c546f6b656e52657175657374121d\
         0a100a0012001a0022002a00320038004200120320d8041a040a0012001a002200",
        expect![[
            r#"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","metadata":{},"spec":{"expirationSeconds":600},"status":{"token":""}}"#
        ]],
    );
}

#[test]
fn an_access_review() {
    check(
        "6b3873000a2e0a17617574686f72697a6174696f6e2e6b38732e696f2f763112135375626a6563744163636573735265\
         7669657712480a100a0012001a0022002a00320038004200122a0a150a0012036765741a0022002a04706f647332003a\
         001a036164612a0a0a016b12050a01610a0032001a08080012001a0020001a002200",
        expect![[
            r#"{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","metadata":{},"spec":{"extra":{"k":["a",""]},"resourceAttributes":{"resource":"pods","verb":"get"},"user":"ada"},"status":{"allowed":false}}"#
        ]],
    );
}

#[test]
fn an_autoscaler() {
    check(
        "6b3873000a290a0e6175746f7363616c696e672f76321217486f72697a6f6e74616c506f644175746f7363616c657212\
         480a100a0012001a0022002a00320038004200122e0a060a0012001a00180322220a04506f64731a1a0a020a0012140a\
         0c4176657261676556616c75651a040a02316b1a04180020001a002200",
        expect![[
            r#"{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{},"spec":{"maxReplicas":3,"metrics":[{"pods":{"metric":{"name":""},"target":{"averageValue":"1k","type":"AverageValue"}},"type":"Pods"}],"scaleTargetRef":{"kind":"","name":""}},"status":{"desiredReplicas":0}}"#
        ]],
    );
}

#[test]
fn a_network_policy() {
    check(
        "6b3873000a250a146e6574776f726b696e672e6b38732e696f2f7631120d4e6574776f726b506f6c69637912180a100a\
         0012001a0022002a0032003800420012040a0012001a002200",
        expect![[
            r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{},"spec":{"ingress":[{}],"podSelector":{}}}"#
        ]],
    );
}

#[test]
fn a_controller_revision() {
    check(
        "6b3873000a1d0a07617070732f76311212436f6e74726f6c6c65725265766973696f6e12330a100a0012001a0022002a\
         0032003800420012140a127b2273706563223a7b2261223a5b315d7d7d18ffffffffffffffffff011a002200",
        expect![[
            r#"{"apiVersion":"apps/v1","data":{"spec":{"a":[1]}},"kind":"ControllerRevision","metadata":{},"revision":-1}"#
        ]],
    );
}
