from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_shared_values"),
    ]

    operations = [
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("led_to", models.CharField(blank=True, default="", max_length=500)),
                ("sent_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
