image=play.test/minio:stand-in
volume check-minio
start minio -v check-minio:/data -e MINIO_ROOT_USER=keeper -e MINIO_ROOT_PASSWORD=a-long-secret $image server /data --address 127.0.0.1:9100 --console-address 127.0.0.1:9101
url=http://127.0.0.1:9100
s3() { local user=$1; shift; curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:s3 --user "$user" "$@"; }
await 'is healthy without a signature' 20 curl -sf $url/minio/health/live
does 'makes a bucket' s3 keeper:a-long-secret -X PUT $url/lake
echo 'day,kind' >/tmp/check/object
does 'takes an object' s3 keeper:a-long-secret -T /tmp/check/object $url/lake/in/a.csv
same 'gives it back' 'day,kind' s3 keeper:a-long-secret $url/lake/in/a.csv
same 'lists it' 'in/a.csv' sh -c "curl -sS --aws-sigv4 aws:amz:us-east-1:s3 --user keeper:a-long-secret '$url/lake?list-type=2&prefix=in%2F' | sed 's,.*<Key>,,;s,</Key>.*,,' | tail -1"
refused 'refuses a wrong secret' SignatureDoesNotMatch s3 keeper:another-secret $url/lake/in/a.csv
refused 'refuses an unknown key' 403 s3 nobody:a-long-secret $url/lake/in/a.csv
refused 'refuses who signs nothing' AccessDenied curl -sS --fail-with-body $url/lake/in/a.csv
docker restart -t 20 minio >/dev/null
await 'is healthy after a restart' 20 curl -sf $url/minio/health/live
same 'keeps its objects' 'day,kind' s3 keeper:a-long-secret $url/lake/in/a.csv
refused 'does not start with a short password' 'MINIO_ROOT_PASSWORD needs 8' docker run --rm --label check -e MINIO_ROOT_USER=keeper -e MINIO_ROOT_PASSWORD=short $image server /data
docker stop -t 20 minio >/dev/null
certificates=/tmp/check/certificates
mkdir $certificates
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=store -addext subjectAltName=IP:127.0.0.1 -keyout $certificates/private.key -out $certificates/public.crt 2>/dev/null
start minio-tls -v check-minio:/data -v $certificates:/certs:ro -e MINIO_ROOT_USER=keeper -e MINIO_ROOT_PASSWORD=a-long-secret $image server /data --address 127.0.0.1:9100 --console-address 127.0.0.1:9101 --certs-dir /certs
url=https://127.0.0.1:9100
await 'is healthy over TLS' 20 curl -sf --cacert $certificates/public.crt $url/minio/health/live
same 'gives objects over TLS' 'day,kind' s3 keeper:a-long-secret --cacert $certificates/public.crt $url/lake/in/a.csv
refused 'is held to its certificate' 'certificate' s3 keeper:a-long-secret $url/lake/in/a.csv
refused 'says nothing without TLS' '' curl -sS --fail-with-body http://127.0.0.1:9100/minio/health/live
