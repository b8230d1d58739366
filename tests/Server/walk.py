"""The walk through the cities with boto3. Usage: walk.py URL create|use|check"""

import sys
import threading

import boto3
from boto3.dynamodb.conditions import Key
from botocore.config import Config
from botocore.exceptions import ClientError

url, phase = sys.argv[1], sys.argv[2]
settings = dict(
    endpoint_url=url,
    region_name="us-east-1",
    aws_access_key_id="any",
    aws_secret_access_key="any",
    config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30),
)
client = boto3.client("dynamodb", **settings)
cities = boto3.resource("dynamodb", **settings).Table("Cities")

JP_TEN = ["Tokyo", "Yokohama", "Osaka", "Nagoya", "Sapporo", "Kobe", "Kyoto", "Fukuoka", "Kawasaki", "Saitama"]
TOKYO = {"country": "JP", "cityId": 1850147}


def largest(country, count):
    return cities.query(
        IndexName="ByPopulation",
        KeyConditionExpression=Key("country").eq(country),
        ScanIndexForward=False,
        Limit=count,
    )["Items"]


def scan_in_segments(total):
    seen = [[] for _ in range(total)]

    def scan(segment):
        for page in boto3.client("dynamodb", **settings).get_paginator("scan").paginate(
            TableName="Cities", Segment=segment, TotalSegments=total, ProjectionExpression="cityId"
        ):
            seen[segment] += [int(item["cityId"]["N"]) for item in page["Items"]]

    threads = [threading.Thread(target=scan, args=(segment,)) for segment in range(total)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def transfer(source, target, people, minimum):
    def move(city, sign, **condition):
        return {
            "Update": {
                "TableName": "Cities",
                "Key": {"country": {"S": city["country"]}, "cityId": {"N": str(city["cityId"])}},
                "UpdateExpression": "SET population = population %s :people" % sign,
                "ExpressionAttributeValues": {":people": {"N": str(people)}, **condition.pop("values", {})},
                **condition,
            }
        }

    client.transact_write_items(
        TransactItems=[
            move(target, "+"),
            move(source, "-", ConditionExpression="population >= :minimum", values={":minimum": {"N": str(minimum)}}),
        ]
    )


def population(city):
    return int(cities.get_item(Key={"country": city["country"], "cityId": city["cityId"]})["Item"]["population"])


if phase == "create":
    created = client.create_table(
        TableName="Cities",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "country", "AttributeType": "S"},
            {"AttributeName": "cityId", "AttributeType": "N"},
            {"AttributeName": "population", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "country", "KeyType": "HASH"},
            {"AttributeName": "cityId", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "ByPopulation",
                "KeySchema": [
                    {"AttributeName": "country", "KeyType": "HASH"},
                    {"AttributeName": "population", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    assert created["TableDescription"]["TableStatus"] == "CREATING", created
    client.get_waiter("table_exists").wait(TableName="Cities", WaiterConfig={"Delay": 1, "MaxAttempts": 5})

elif phase == "use":
    ten = largest("JP", 10)
    assert [city["name"] for city in ten] == JP_TEN, ten
    tokyo, osaka = ten[0], ten[2]

    try:
        client.put_item(
            TableName="Cities",
            Item={"country": {"S": "JP"}, "cityId": {"N": str(tokyo["cityId"])}},
            ConditionExpression="attribute_not_exists(cityId)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        raise AssertionError("the condition did not fail")
    except client.exceptions.ConditionalCheckFailedException as refused:
        assert refused.response["Item"]["name"] == {"S": "Tokyo"}, refused.response
    assert cities.get_item(Key={"country": "JP", "cityId": tokyo["cityId"]})["Item"] == tokyo

    before = population(tokyo), population(osaka)
    try:
        transfer(tokyo, osaka, 1000, minimum=10**9)
        raise AssertionError("the transaction was not cancelled")
    except client.exceptions.TransactionCanceledException as cancelled:
        codes = [reason["Code"] for reason in cancelled.response["CancellationReasons"]]
        assert codes == ["None", "ConditionalCheckFailed"], codes
    assert (population(tokyo), population(osaka)) == before
    transfer(tokyo, osaka, 1000, minimum=1000)
    assert (population(tokyo), population(osaka)) == (before[0] - 1000, before[1] + 1000)

    try:
        client.get_item(TableName="Nowhere", Key={"id": {"S": "a"}})
        raise AssertionError("a missing table was found")
    except ClientError as missing:
        assert missing.response["Error"]["Code"] == "ResourceNotFoundException", missing

    segments = scan_in_segments(8)
    ids = sorted(sum(segments, []))
    assert len(ids) == 4442 == len(set(ids)), len(ids)
    assert all(segments), [len(segment) for segment in segments]

elif phase == "check":
    assert population(TOKYO) == 8336599 - 1000
    assert [city["name"] for city in largest("JP", 10)] == JP_TEN
    assert len(sum(scan_in_segments(3), [])) == 4442

else:
    sys.exit("unknown phase " + phase)

print("ok " + phase)
