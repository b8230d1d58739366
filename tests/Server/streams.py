"""Reads the stream of a table with boto3. Usage: streams.py URL write|read"""

import sys

import boto3
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
tables = boto3.client("dynamodb", **settings)
streams = boto3.client("dynamodbstreams", **settings)


def shards_of(arn):
    shards, start = [], {}
    while True:
        stream = streams.describe_stream(StreamArn=arn, Limit=1, **start)["StreamDescription"]
        shards += stream["Shards"]
        if "LastEvaluatedShardId" not in stream:
            return stream, shards
        start = {"ExclusiveStartShardId": stream["LastEvaluatedShardId"]}


def records_of(arn):
    records = []
    for shard in shards_of(arn)[1]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator, Limit=3)
            records += page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return records


if phase == "write":
    table = tables.create_table(
        TableName="Users",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    for i in range(10):
        tables.put_item(TableName="Users", Item={"id": {"S": str(i)}, "raw": {"B": b"\x00\xff"}, "n": {"N": "1"}})
        tables.update_item(
            TableName="Users",
            Key={"id": {"S": str(i)}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        tables.delete_item(TableName="Users", Key={"id": {"S": str(i)}})

arn = streams.list_streams(TableName="Users")["Streams"][0]["StreamArn"]
assert arn == tables.describe_table(TableName="Users")["Table"]["LatestStreamArn"]
stream, shards = shards_of(arn)
assert stream["StreamStatus"] == "ENABLED" and stream["StreamViewType"] == "NEW_AND_OLD_IMAGES", stream
assert stream["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
records = records_of(arn)
assert len(records) == 30, len(records)
assert len({record["eventID"] for record in records}) == 30
for i in range(10):
    mine = [record for record in records if record["dynamodb"]["Keys"]["id"]["S"] == str(i)]
    assert [record["eventName"] for record in mine] == ["INSERT", "MODIFY", "REMOVE"], mine
    assert mine[1]["dynamodb"]["OldImage"]["n"]["N"] == "1" and mine[1]["dynamodb"]["NewImage"]["n"]["N"] == "2"
    assert mine[0]["dynamodb"]["NewImage"]["raw"]["B"] == b"\x00\xff"
    assert "NewImage" not in mine[2]["dynamodb"] and "OldImage" not in mine[0]["dynamodb"]
    assert all("userIdentity" not in record for record in mine)
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in mine]
    assert numbers == sorted(numbers)

try:
    streams.describe_stream(StreamArn=arn.replace("Users", "Others"))
    raise AssertionError("a stream that is not was described")
except streams.exceptions.ResourceNotFoundException:
    pass

try:
    streams.get_records(ShardIterator="none")
    raise AssertionError("an iterator that is none was taken")
except ClientError as refusal:
    assert refusal.response["Error"]["Code"] == "ValidationException", refusal

print("ok", phase)
